"""Every endpoint of the vendor: its path, the shape of its answers, and what carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from runner.sandbox import file_endpoints, recall_endpoints, records, task_endpoints, task_queries
from runner.sandbox.account import Account
from runner.sandbox.fields import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint.

    Attributes:
        name: what faults and counts call it.
        method: GET or POST.
        path: behind the base address; one that ends in ``/`` is followed by an id.
        form: ``A`` (status, reason) or ``B`` (code, msg), as its page shows it.
        is_text_code: whether its page shows the code as text.
        run: carries a request out: the account, the fields of the body, the id of the path.
    """

    name: str
    method: str
    path: str
    form: str
    is_text_code: bool
    run: Callable[[Account, Fields, str], object]


def _with_body(run: Callable[[Account, Fields], object]) -> Callable[[Account, Fields, str], object]:
    return lambda account, fields, _: run(account, fields)


def _with_id(run: Callable[[Account, str], object]) -> Callable[[Account, Fields, str], object]:
    return lambda account, _, path_id: run(account, path_id)


def _balance(account: Account, _fields: Fields, _path_id: str) -> dict[str, object]:
    """Return the money as decimal texts; the answer is flat, without ``data``."""
    balance = account.balance(account.now())
    return {"balance": str(balance), "gift": account.switches.gift, "credit": account.switches.credit}


BALANCE: Final = "balance"
_CALL: Final = "/voice/group/call"
_FLOW: Final = "/voice/recallFlow"

_ALL: Final = (
    ("upload", "POST", "/voice/fileUpload", "A", True, _with_body(file_endpoints.upload)),
    ("file_query", "POST", "/voice/fileQuery", "A", True, _with_body(file_endpoints.query_files)),
    # The answer of send could not be read; form A is that of its sibling pages.
    ("send", "POST", f"{_CALL}/send", "A", True, _with_body(task_endpoints.send)),
    ("query", "POST", f"{_CALL}/query", "B", False, _with_body(task_queries.query)),
    ("detail", "GET", f"{_CALL}/detail/", "B", False, _with_id(task_queries.detail)),
    ("update", "POST", f"{_CALL}/update", "A", True, _with_body(task_endpoints.update)),
    ("cancel", "POST", f"{_CALL}/cancel", "B", True, _with_body(task_endpoints.cancel)),
    ("resend", "POST", f"{_CALL}/resend", "A", True, _with_body(task_endpoints.resend)),
    ("recall_query", "POST", f"{_FLOW}/queryPage", "B", False, _with_body(recall_endpoints.query_flows)),
    ("recall_detail", "POST", f"{_FLOW}/queryDetail", "B", False, _with_body(recall_endpoints.flow_detail)),
    ("recall_update", "POST", f"{_FLOW}/update", "B", False, _with_body(recall_endpoints.update_flow)),
    ("recall_cancel", "POST", f"{_FLOW}/cancel", "B", False, _with_body(recall_endpoints.cancel_flow)),
    ("record_query", "POST", "/voice/recordGroupQuery", "A", True, _with_body(records.query_records)),
    ("record", "GET", "/voice/recordGroup/", "A", True, _with_id(records.record)),
    (BALANCE, "GET", "/getBalance", "A", True, _balance),
)

ENDPOINTS: Final[Mapping[str, Endpoint]] = MappingProxyType(
    {
        name: Endpoint(name=name, method=method, path=path, form=form, is_text_code=is_text, run=run)
        for name, method, path, form, is_text, run in _ALL
    }
)


def find_endpoint(method: str, path: str) -> tuple[Endpoint, str] | None:
    """Return the endpoint of a request's path and the id behind it, or None.

    The base may be ``/v3`` or nothing; the balance is also at ``/sms/getBalance``. Source: the bases seen on
    the pages of the vendor's brands.
    """
    tail = path.removeprefix("/v3")
    if tail == "/sms/getBalance":
        tail = "/getBalance"
    for endpoint in ENDPOINTS.values():
        if endpoint.method != method:
            continue
        if tail == endpoint.path.rstrip("/") and not endpoint.path.endswith("/"):
            return endpoint, ""
        path_id = tail.removeprefix(endpoint.path)
        if endpoint.path.endswith("/") and path_id != tail and path_id and "/" not in path_id:
            return endpoint, path_id
    return None
