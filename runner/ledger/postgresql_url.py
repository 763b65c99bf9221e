"""What a URL of a PostgreSQL ledger says: the parameters of its connections, and how messages name it.

A password with an unescaped character makes parts of it look like a host or a database. So what is shown is checked to
look like a name first, and no message repeats anything else of a URL.
"""

import re
from collections.abc import Mapping

from psycopg.pq import Conninfo
from sqlalchemy import URL

from runner.errors import InvalidError, Problem

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*)|[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?|/[A-Za-z0-9._/-]+")
_DATABASE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.$ -]*")
_OURS = frozenset({"client_encoding", "replication", "dbname", "user", "password"})
"""Options that only the ledger itself, or the URL's other parts, may set."""

_DEFAULTS: Mapping[str, str] = {
    "application_name": "runner",
    "connect_timeout": "10",
    # A peer that is gone is noticed after 25 s without traffic, or 20 s with bytes that nobody acknowledges.
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""libpq's connection parameters (postgresql.org, "Parameter Key Words"); the URL's options go before them."""


def parameters_of(url: URL) -> dict[str, str]:
    """Return libpq's parameters for connections to the ledger at *url*.

    Raises:
        InvalidError: it names no database, or is not spelt as a URL has to be, or has an option that is not libpq's.
    """
    given = {name: ",".join(v) if isinstance(v, tuple) else v for name, v in url.query.items()}
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - _OURS
    if not given.keys() <= known:
        raise _invalid(
            "RUNNER_LEDGER_URL has an option that PostgreSQL does not know, or that is not for users to set"
        )
    parts = {
        "host": url.host,
        "port": None if url.port is None else str(url.port),
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    parameters = {
        **_DEFAULTS,
        **given,
        **{name: part for name, part in parts.items() if part and name not in given},
    }
    hosts = parameters.get("host", "").split(",")
    if not _DATABASE.fullmatch(parameters.get("dbname", "")):
        raise _invalid("RUNNER_LEDGER_URL names no database, or one with characters that have to be escaped")
    if not all(_HOST.fullmatch(host) for host in hosts if host):
        raise _invalid("RUNNER_LEDGER_URL names a host with characters that no host has")
    return {**parameters, "client_encoding": "utf-8"}


def place_of(parameters: Mapping[str, str]) -> str:
    """Return how messages name the database that *parameters* lead to: hosts, port and database; no user, no password."""
    port = parameters.get("port")
    hosts = (f"[{host}]" if ":" in host else host for host in parameters.get("host", "").split(","))
    return f"postgresql://{','.join(hosts)}{f':{port}' if port else ''}/{parameters['dbname']}"


def _invalid(message: str) -> InvalidError:
    hint = (
        "For example postgresql://runner:secret@db.example.com/runner; special characters of user and password are "
        "percent-encoded, so that @ is %40 and / is %2F."
    )
    return InvalidError([Problem(code="ledger-url", message=message, hint=hint)])
