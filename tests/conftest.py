"""What holds for every test: Hypothesis' profiles, an environment that is the same everywhere, and no network."""

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.postgres_server import Server

# No deadline in any of them: machines are shared, and how long an example takes is no property of the code.
_SLOW_MACHINE = (HealthCheck.too_slow,)
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_SLOW_MACHINE)
# Derandomised, so that a red build is about the change and not about luck.
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=_SLOW_MACHINE,
)
settings.register_profile("nightly", max_examples=5_000, deadline=None, suppress_health_check=_SLOW_MACHINE)

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_TERMINAL = (
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "GITHUB_ACTIONS",
    "CI",
)


def pytest_configure() -> None:
    """Close the environment before anything of ours is imported; test workers and processes inherit it."""
    for name in tuple(os.environ):
        if name.startswith("RUNNER_") or name.lower() in _PROXIES or name in _TERMINAL:
            del os.environ[name]
    os.environ |= {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server: `TEST_POSTGRES_URL` (a superuser's), else one that is started for this run.

    Where there is none, tests that need it are skipped; with `TEST_POSTGRES=require`, as in CI, they fail.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    server = _started()
    yield server.url
    server.close()


@pytest.fixture
def postgres_server() -> Iterator["Server"]:
    """A server of one's own, to be crashed and started again; skipped and failed as `postgres` is."""
    server = _started()
    yield server
    server.close()


def _started() -> "Server":
    from tests.postgres_server import NotInstalledError, Server, is_required  # noqa: PLC0415

    try:
        return Server()
    except NotInstalledError as error:
        (pytest.fail if is_required() else pytest.skip)(str(error))


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    """Undo what a test did to the environment and forgot."""
    before = _environment()
    yield
    after = _environment()
    for name in after.keys() - before.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if after.get(name) != value})


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse connections to other machines: no test may meet a real vendor, not even by a mistake in settings."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _check(self, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


def _check(connection: socket.socket, address: Any) -> None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0]
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        pytest.fail("a test reached for another machine")
