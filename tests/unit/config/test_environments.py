"""`environments.toml` and the look-up of names with `@`."""

from typing import Any

import pytest

from runner.config.environments import Environments, read_environments, selection_problem
from runner.model.campaign import UploadedVoice

NAMED = """\
name = "plain"
edition = "1"
purpose = "service"
app_id = "@app"
caller_id = "@line"
[audience]
file = "@lists/people.csv"
number = "phone"
countries = ["GB"]
exclude = ["@lists/opt-out.csv"]
[voice]
source = "uploaded"
file_id = "@jingle"
max_duration = "40s"
[sms]
app_id = "@texts"
text = "@ is a letter here"
sender_id = "@sender"
on_ring = true
[transfer]
group = "@agents"
when = "key"
key = "1"
"""

PRODUCTION = """\
[production.names]
app = "cER2Ev2w"
line = "1008122211"
lists = "audiences"
jingle = "12025073082f4b0d63ac5400a8320853c67341456.m4a"
texts = "cF9u6UmT"
sender = "BANK"
agents = 1000019
"""


@pytest.fixture
def named(root: Any) -> Any:
    """A root with a campaign that uses every kind of name, and the files that it then means."""
    root.campaign(NAMED)
    root.write("campaigns/audiences/people.csv", "phone\n")
    root.write("campaigns/lists/people.csv", "phone\n")
    root.write("campaigns/lists/opt-out.csv", "phone\n")
    return root


def test_names_are_looked_up_in_the_environment(named: Any) -> None:
    """Every key that may hold a name gets the environment's value."""
    named.write("campaigns/environments.toml", PRODUCTION)

    (campaign,) = named.load(environment="production")

    assert (campaign.app_id, campaign.caller_id) == ("cER2Ev2w", "1008122211")
    assert campaign.voice == UploadedVoice(
        file_id="12025073082f4b0d63ac5400a8320853c67341456.m4a", language=None
    )
    assert (campaign.sms.app_id, campaign.sms.sender_id) == ("cF9u6UmT", "BANK")
    assert campaign.sms.template.source == "@ is a letter here"
    assert campaign.transfer.group == 1000019
    assert campaign.audience.file == named.path / "campaigns" / "audiences" / "people.csv"
    assert campaign.audience.exclude == (named.path / "campaigns" / "audiences" / "opt-out.csv",)
    assert campaign.audience.address == "@lists/people.csv"


def test_undeclared_sandbox_takes_names_as_they_are(named: Any) -> None:
    """Without a sandbox table `@x` stands for `x`; where digits are needed, for digits that depend on `x` alone."""
    named.write("campaigns/environments.toml", PRODUCTION)

    (campaign,) = named.load()

    assert (campaign.app_id, campaign.sms.app_id, campaign.sms.sender_id) == ("app", "texts", "sender")
    assert campaign.audience.file == named.path / "campaigns" / "lists" / "people.csv"
    assert campaign.caller_id is not None
    assert campaign.caller_id.isdecimal()
    assert len(campaign.caller_id) == 9
    assert named.load()[0].transfer == campaign.transfer


def test_name_missing_in_any_declared_environment_is_an_error(named: Any) -> None:
    """The sandbox says so already, once for each use, naming the tables."""
    named.write("campaigns/environments.toml", PRODUCTION.replace("texts", "text") + "[staging.names]\n")

    messages = [problem.message for problem in named.problems() if problem.code == "unknown-name"]

    assert len(messages) == 8
    assert "`@app` is not in `[staging.names]` of campaigns/environments.toml" in messages
    assert (
        "`@texts` is not in `[production.names]`, `[staging.names]` of campaigns/environments.toml"
        in messages
    )


def test_name_without_a_table_for_the_selected_environment(named: Any) -> None:
    """Outside the sandbox a name needs a table of the environment that is selected."""
    codes = {problem.code for problem in named.problems(environment="production")}

    assert codes == {"unknown-name"}


def test_looked_up_value_must_fit_its_key(named: Any) -> None:
    """A value of the wrong kind is reported where it stands."""
    named.write(
        "campaigns/environments.toml", PRODUCTION.replace("1008122211", "+44 20").replace("1000019", '"x"')
    )

    problems = named.problems()

    assert [(problem.code, str(problem.where)) for problem in problems] == [
        ("bad-value", "campaigns/environments.toml:3:8"),
        ("bad-value", "campaigns/environments.toml:8:10"),
    ]
    assert problems[0].message == (
        '`caller_id` of campaigns/plain.toml takes its value from here; it is "+44 20", but must be 0 to 20 digits'
    )


def test_declared_environment_may_be_selected(root: Any) -> None:
    """An environment of the file is as good as the built-in ones."""
    root.write("campaigns/environments.toml", "[rehearsal]\n")
    root.campaign(root.minimal)

    assert root.load(environment="rehearsal")[0].app_id == "app"


def test_undeclared_environment_is_an_error(root: Any) -> None:
    """A misspelt environment is not a new one."""
    root.campaign(root.minimal)

    (problem,) = root.problems(environment="prodution")

    assert (problem.code, problem.message) == (
        "unknown-environment",
        "the environment prodution is not declared",
    )


@pytest.mark.parametrize("environment", ["sandbox", "staging", "production"])
def test_built_in_environments_need_no_file(environment: str) -> None:
    """Three environments exist without being declared."""
    assert selection_problem(environment, Environments()) is None


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("[production]\nnmes = {}\n", "unknown-key", "2:1"),
        ("[production.names]\na = true\n", "bad-value", "2:5"),
        ('[production.names]\na = "@b"\n', "bad-value", "2:5"),
        ("[production.names]\nA = 'x'\n", "bad-value", "2:1"),
        ("production = 1\n", "bad-value", "1:14"),
        ("[Production]\n", "bad-value", "1:2"),
        ("['../x']\n", "bad-value", "1:2"),
        ("[production\n", "toml-syntax", "1:12"),
    ],
)
def test_mistakes_in_the_file_are_located(named: Any, text: str, code: str, place: str) -> None:
    """What is wrong in the file is told there, and not again at every use of a name."""
    named.write("campaigns/environments.toml", text)

    problems = named.problems()

    assert [(problem.code, str(problem.where)) for problem in problems] == [
        (code, f"campaigns/environments.toml:{place}")
    ]


def test_no_file_declares_nothing(root: Any) -> None:
    """Without a file there are only the built-in environments."""
    problems: list[Any] = []

    assert read_environments(root.path, problems) == Environments()
    assert problems == []
