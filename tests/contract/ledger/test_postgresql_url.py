"""What a URL of a PostgreSQL ledger may say, and what of it is shown. No server is needed."""

import pytest
from sqlalchemy import make_url

from runner.errors import InvalidError
from runner.ledger.database import database_of
from runner.ledger.key import key_path, ledger_key
from runner.ledger.postgresql_url import parameters_of


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://anna:geheim@db.example.com:5433/ledger", "postgresql://db.example.com:5433/ledger"),
        ("postgresql+psycopg://anna:geheim@10.0.0.7/ledger", "postgresql://10.0.0.7/ledger"),
        ("postgres://anna:ge%40h%2Feim@db/ledger?sslmode=verify-full", "postgresql://db/ledger"),
        ("postgresql://anna:geheim@[::1]:5432/ledger", "postgresql://[::1]:5432/ledger"),
        ("postgresql:///ledger?host=/var/run/postgresql", "postgresql:///var/run/postgresql/ledger"),
        (
            "postgresql://anna:geheim@/ledger?host=a.example&host=b.example",
            "postgresql://a.example,b.example/ledger",
        ),
    ],
)
def test_place_is_named_without_user_and_password(url, place):
    """Messages name hosts, port and database; neither user nor password."""
    assert database_of(url).place == place


def test_connections_notice_a_dead_peer():
    """Keep-alives and the limit on unacknowledged bytes are set, as is the time to connect; the URL may say otherwise."""
    ours = parameters_of(make_url("postgresql://db/ledger"))
    theirs = parameters_of(make_url("postgresql://db/ledger?tcp_user_timeout=5000&sslmode=require"))

    assert {
        name: ours[name] for name in ("keepalives", "keepalives_idle", "tcp_user_timeout", "connect_timeout")
    } == {
        "keepalives": "1",
        "keepalives_idle": "10",
        "tcp_user_timeout": "20000",
        "connect_timeout": "10",
    }
    assert (theirs["tcp_user_timeout"], theirs["sslmode"]) == ("5000", "require")
    assert ours["client_encoding"] == "utf-8"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:ge/heim@db/ledger@x",
        "postgresql://anna:ge@heim@db/ledger",
        "postgresql://anna:geheim@db:heim/ledger",
        "postgresql://anna:geheim@db:5432,db2:5433/ledger",
        "postgresql://anna:geheim@db",
        "postgresql://anna:geheim@db/",
        "postgresql://anna:geheim@db/led?geheim=1",
        "postgresql://anna@db/ledger?password=geheim",
        "postgresql://db/ledger?client_encoding=geheim",
        "postgresql://db/le%0Ageheim",
        "postgresql+asyncpg://anna:geheim@db/ledger",
        "mysql://anna:geheim@db/ledger",
        "postgresql//anna:geheim@db/ledger",
    ],
)
def test_url_that_cannot_be_is_refused_without_being_repeated(url):
    """A misspelt URL is exit 3, and the message shows nothing of it: parts of a password can look like a host."""
    with pytest.raises(InvalidError, match="RUNNER_LEDGER_URL") as caught:
        database_of(url)

    problem = caught.value.problems[0]
    assert "heim" not in f"{problem.message} {problem.hint}"
    assert caught.value.__cause__ is None


def test_key_is_required():
    """A ledger in PostgreSQL has no key file: everybody who applies has the key in `RUNNER_LEDGER_KEY`."""
    url = "postgresql://db/ledger"

    with pytest.raises(InvalidError, match="RUNNER_LEDGER_KEY is not set") as caught:
        ledger_key(url, setting=None, may_make=True, make=lambda: "a" * 64)

    assert "openssl rand -hex 32" in (caught.value.problems[0].hint or "")
    assert key_path(url) is None
    assert ledger_key(url, setting="a" * 64, may_make=False, make=lambda: "").secret == "a" * 64
