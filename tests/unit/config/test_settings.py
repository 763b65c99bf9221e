"""Settings of a machine."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from runner.config.settings import Settings, read_settings
from runner.errors import CredentialsError, Exit, InvalidError, Problem

CANARY = "canary-5e1f"


def read(root: Path | None = None, **variables: str) -> Settings:
    """Return the settings of an environment with only *variables*, written without their prefix."""
    return read_settings(root, environ=prefixed(variables))


def prefixed(variables: Mapping[str, str]) -> dict[str, str]:
    """Return *variables* with the prefix, but for those that do not have it."""
    return {
        name if name in {"CI", "GITHUB_ACTIONS"} else f"RUNNER_{name}": text
        for name, text in variables.items()
    }


def wrong(root: Path | None = None, **variables: str) -> tuple[Problem, ...]:
    """Return what is wrong with an environment of *variables*."""
    with pytest.raises(InvalidError) as caught:
        read(root, **variables)
    assert caught.value.exit is Exit.INVALID
    return caught.value.problems


def test_sandbox_needs_nothing() -> None:
    """Without any variable everything is set up for the simulator."""
    settings = read()

    assert settings.environment == "sandbox"
    assert settings.address() == "http://127.0.0.1:8089"
    assert settings.credentials() == ("sandbox-key", "sandbox-secret")
    assert settings.ledger_url(Path("/r")) == "sqlite:////r/.runner/sandbox/ledger.db"
    assert settings.receipts_dir(Path("/r")) == Path("/r/.runner/sandbox/receipts")
    assert (settings.settle_time_s, settings.refuses_duplicate_names, settings.engine) == (
        120,
        False,
        "local",
    )
    assert (settings.vendor_zone, settings.sources, settings.scratch, settings.warnings) == (
        None,
        (),
        None,
        (),
    )


def test_every_variable_arrives() -> None:
    """Each variable of the design has its place."""
    settings = read(
        ENVIRONMENT="production",
        API_URL="https://api.laaffic.com/v3/",
        API_KEY="key",
        API_SECRET="secret",
        LEDGER_URL="postgresql://u:p@db/x",
        LEDGER_KEY="ab" * 32,
        SOURCES="/srv/lists, s3://bucket/lists",
        RECEIPTS="elsewhere",
        VENDOR_TIMEZONE="Asia/Shanghai",
        SETTLE_TIME="30",
        VENDOR_REFUSES_DUPLICATE_NAMES="true",
        ENGINE="ray",
        SCRATCH="/scratch",
        PUSH_TOKEN="push",
        DASHBOARD_TOKEN="dash",
    )

    assert settings.address() == "https://api.laaffic.com/v3"
    assert settings.credentials() == ("key", "secret")
    assert settings.ledger_url(Path("/r")) == "postgresql://u:p@db/x"
    assert settings.ledger_key is not None
    assert settings.ledger_key.get_secret_value() == "ab" * 32
    assert settings.sources == ("/srv/lists", "s3://bucket/lists")
    assert settings.receipts_dir(Path("/r")) == Path("/r/elsewhere")
    assert settings.vendor_zone == ZoneInfo("Asia/Shanghai")
    assert (settings.settle_time_s, settings.refuses_duplicate_names) == (30, True)
    assert (settings.engine, settings.scratch) == ("ray", Path("/scratch"))
    assert settings.push_token is not None
    assert settings.dashboard_token is not None
    assert settings.warnings == ()


def test_relative_ledger_lies_in_the_root() -> None:
    """A relative SQLite file does not depend on the working directory."""
    assert read(LEDGER_URL="sqlite:///data/l.db").ledger_url(Path("/r")) == "sqlite:////r/data/l.db"
    assert read(LEDGER_URL="sqlite:////var/l.db").ledger_url(Path("/r")) == "sqlite:////var/l.db"


def test_receipts_are_committed_outside_the_sandbox() -> None:
    """Elsewhere receipts lie among the campaigns."""
    assert read(ENVIRONMENT="staging").receipts_dir(Path("/r")) == Path("/r/campaigns/receipts")


def test_credentials_are_missed_by_who_needs_them() -> None:
    """Reading settings without credentials succeeds; asking for them is exit 4, for the address exit 3."""
    settings = read(ENVIRONMENT="production", API_KEY="key")

    with pytest.raises(CredentialsError, match="RUNNER_API_SECRET must be set for production"):
        settings.credentials()
    with pytest.raises(InvalidError, match="RUNNER_API_URL must be set for production"):
        settings.address()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "../x"),
        ("ENVIRONMENT", "Production"),
        ("API_URL", "http://example.com"),
        ("API_URL", "https://user:pw@example.com"),
        ("API_URL", "https://example.com/?a=b"),
        ("API_URL", "https:///canary"),
        ("API_URL", "https://example.com:x"),
        ("API_URL", "ftp://127.0.0.1"),
        ("API_KEY", "two words"),
        ("API_SECRET", "line\nbreak"),
        ("LEDGER_URL", "mysql://x"),
        ("LEDGER_URL", "sqlite://canary"),
        ("LEDGER_URL", "sqlite:///:memory:"),
        ("LEDGER_KEY", "AB" * 32),
        ("LEDGER_KEY", "ab" * 31),
        ("SOURCES", "lists"),
        ("SOURCES", "/a,http://b/"),
        ("VENDOR_TIMEZONE", "Asia/Canary"),
        ("SETTLE_TIME", "-1"),
        ("SETTLE_TIME", "soon"),
        ("VENDOR_REFUSES_DUPLICATE_NAMES", "perhaps"),
        ("ENGINE", "dask"),
        ("SECRETS_DIR", "/nowhere/at/all"),
    ],
)
def test_bad_settings_are_named_without_their_value(name: str, value: str) -> None:
    """Each variable is checked, and what it holds is not repeated."""
    variables = {"ENVIRONMENT": "staging", name: value}

    problems = wrong(None, **variables)

    assert [problem.code for problem in problems] == ["bad-setting"]
    assert problems[0].message.startswith(f"RUNNER_{name} must be ")
    assert value not in problems[0].message


def test_all_problems_at_once() -> None:
    """One error holds what pydantic found and what is checked afterwards."""
    problems = wrong(SETTLE_TIME="x", ENGINE="x", API_KEY="a b", VENDOR_TIMEZONE="x", SECRETS_DIR="/nowhere")

    assert [problem.message.split()[0] for problem in problems] == [
        "RUNNER_SECRETS_DIR",
        "RUNNER_ENGINE",
        "RUNNER_SETTLE_TIME",
        "RUNNER_API_KEY",
        "RUNNER_VENDOR_TIMEZONE",
    ]


@pytest.mark.parametrize(
    "url", ["http://localhost:8089", "http://127.9.9.9", "http://[::1]:1/v3", "https://127.0.0.1"]
)
def test_sandbox_talks_to_this_machine(url: str) -> None:
    """Loopback addresses may be unencrypted."""
    assert read(API_URL=url).address() == url


@pytest.mark.parametrize(
    "url", ["https://api.laaffic.com/v3", "https://127.0.0.1.example.com", "https://10.0.0.1"]
)
def test_sandbox_talks_to_nobody_else(url: str) -> None:
    """The real vendor is not reached by forgetting to select an environment."""
    (problem,) = wrong(API_URL=url)

    assert problem.message == "RUNNER_API_URL must be on this machine (127.0.0.1) in the sandbox"


def test_secrets_are_not_printed() -> None:
    """Neither the settings nor an error show a secret."""
    settings = read(
        API_KEY=CANARY, API_SECRET=CANARY, LEDGER_URL=f"postgresql://u:{CANARY}@db/x", PUSH_TOKEN=CANARY
    )

    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    for problem in wrong(API_SECRET=f"{CANARY} {CANARY}", LEDGER_KEY=CANARY, ENGINE=CANARY):
        assert CANARY not in repr(problem)


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """A directory of secrets holds one file per variable; the environment wins."""
    (tmp_path / "RUNNER_API_KEY").write_text("from-file\n")
    (tmp_path / "runner_api_secret").write_text("from-file-too\n")

    settings = read(SECRETS_DIR=str(tmp_path), API_SECRET="from-environment")

    assert settings.credentials() == ("from-file", "from-environment")


def test_unusable_secret_files_are_a_problem(tmp_path: Path) -> None:
    """A folder in place of a secret, or bytes that are no text, are told without a warning of a library."""
    (tmp_path / "runner_api_key").mkdir()

    assert [problem.code for problem in wrong(SECRETS_DIR=str(tmp_path))] == ["settings-unreadable"]

    (tmp_path / "runner_api_key").rmdir()
    (tmp_path / "runner_api_key").write_bytes(b"\xff")

    assert [problem.code for problem in wrong(SECRETS_DIR=str(tmp_path))] == ["settings-unreadable"]


def dotenv(root: Path, *, ignored: bool = False, tracked: bool = False, **variables: str) -> Settings:
    """Read settings where git knows so much about `.env`."""
    return read_settings(
        root, environ=prefixed(variables), is_ignored=lambda _: ignored, is_tracked=lambda _: tracked
    )


def test_ignored_dotenv_is_read(tmp_path: Path) -> None:
    """`.env` of the root is read where git ignores it; the environment wins."""
    (tmp_path / ".env").write_text("RUNNER_API_KEY=file\nRUNNER_API_SECRET=file\nOTHER=1\n")

    assert dotenv(tmp_path, ignored=True, API_KEY="environment").credentials() == ("environment", "file")


def test_other_dotenv_is_not_read(tmp_path: Path) -> None:
    """Where git does not ignore it `.env` is left alone with a warning; under CI it is never read."""
    (tmp_path / ".env").write_text("RUNNER_API_KEY=file\n")

    unread = dotenv(tmp_path)

    assert unread.credentials()[0] == "sandbox-key"
    assert [problem.code for problem in unread.warnings] == ["env-file-unread"]
    assert dotenv(tmp_path, ignored=True, CI="true").credentials()[0] == "sandbox-key"
    assert dotenv(tmp_path, ignored=True, CI="false").credentials()[0] == "file"


def test_tracked_dotenv_is_an_error(tmp_path: Path) -> None:
    """A committed `.env` is refused and not read."""
    (tmp_path / ".env").write_text("RUNNER_ENGINE=wrong\n")

    with pytest.raises(InvalidError) as caught:
        dotenv(tmp_path, ignored=True, tracked=True)

    assert [problem.code for problem in caught.value.problems] == ["env-file-tracked"]


def test_mistakes_in_dotenv_are_found(tmp_path: Path) -> None:
    """Variables of `.env` are checked like others, and unknown ones are pointed out."""
    (tmp_path / ".env").write_text("RUNNER_ENGINE=wrong\n")

    with pytest.raises(InvalidError, match="RUNNER_ENGINE must be local or ray"):
        dotenv(tmp_path, ignored=True)

    (tmp_path / ".env").write_text("RUNNER_API_KEYY=x\n")

    assert [problem.code for problem in dotenv(tmp_path, ignored=True).warnings] == ["unknown-setting"]


def test_unknown_names_are_warnings() -> None:
    """A misspelt variable is suggested; those of CI systems are not ours."""
    settings = read(API_SECRT="x", OS="Linux", TEMP="/tmp", ZZZ="1")

    assert [(problem.message, problem.hint) for problem in settings.warnings] == [
        ("RUNNER_API_SECRT is no setting", "did you mean RUNNER_API_SECRET?"),
        ("RUNNER_ZZZ is no setting", None),
    ]


def test_environment_of_github_is_not_ours() -> None:
    """GitHub sets RUNNER_ENVIRONMENT itself; that is taken as not set, with a warning, and only there."""
    settings = read(ENVIRONMENT="github-hosted", GITHUB_ACTIONS="true")

    assert settings.environment == "sandbox"
    assert [problem.code for problem in settings.warnings] == ["github-environment"]
    assert read(ENVIRONMENT="github-hosted").environment == "github-hosted"


def test_environment_must_be_declared(tmp_path: Path) -> None:
    """In a repository a misspelt environment is an error; a declared one is not."""
    (tmp_path / "campaigns").mkdir()

    assert [problem.code for problem in wrong(tmp_path, ENVIRONMENT="prodution")] == ["unknown-environment"]

    (tmp_path / "campaigns" / "environments.toml").write_text("[rehearsal]\n")

    assert read(tmp_path, ENVIRONMENT="rehearsal").environment == "rehearsal"


def test_empty_is_absent() -> None:
    """An empty variable, as CI systems make them, is not set."""
    assert read(ENVIRONMENT="", API_KEY="", SETTLE_TIME="").credentials()[0] == "sandbox-key"


def test_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a mapping the variables of the process are read."""
    monkeypatch.setenv("RUNNER_SETTLE_TIME", "7")

    assert read_settings(None).settle_time_s == 7


def test_push_tokens_are_one_or_two() -> None:
    """While one token takes the place of another, both are valid."""
    assert read(PUSH_TOKEN="a" * 24).push_tokens() == ("a" * 24,)
    assert read(PUSH_TOKEN=f"{'a' * 24},{'b' * 64}").push_tokens() == ("a" * 24, "b" * 64)


@pytest.mark.parametrize("token", [CANARY, f"{'a' * 24},", f"{'a' * 30}/", ",".join(["a" * 24] * 3)])
def test_push_token_that_can_be_guessed_is_refused(token: str) -> None:
    """A token is long, fits into an address, and is no more than two; the message does not repeat it."""
    with pytest.raises(InvalidError) as caught:
        read(PUSH_TOKEN=token).push_tokens()
    assert CANARY not in str(caught.value.problems)


def test_push_needs_a_token() -> None:
    """Without a token there is no address to push to."""
    with pytest.raises(CredentialsError):
        read().push_tokens()


def test_networks_are_addresses_or_cidrs() -> None:
    """Networks of senders and proxies are checked when they are read."""
    settings = read(PUSH_ALLOW="203.0.113.7, 2001:db8::/32", PUSH_PROXIES="10.0.0.0/8", PUSH_RATE="9")

    assert settings.push_allow == ("203.0.113.7", "2001:db8::/32")
    assert (settings.push_proxies, settings.push_rate) == (("10.0.0.0/8",), 9)
    assert [problem.code for problem in wrong(PUSH_ALLOW="203.0.113.7/24", PUSH_RATE="0")] == [
        "bad-setting"
    ] * 2
