"""The two campaigns that this repository ships as examples."""

import tomllib
from pathlib import Path

import pytest

from runner.config.load import load
from runner.model.campaign import AudioVoice

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("environment", ["sandbox", "staging", "production"])
def test_the_examples_are_valid_everywhere(environment: str) -> None:
    """Both load in each environment, so no name with `@` is missing anywhere."""
    campaigns = load(ROOT, environment=environment, need_audience=True)

    assert [campaign.name for campaign in campaigns] == ["quickstart", "renewal-reminder"]


def test_environments_declare_the_same_names() -> None:
    """What one environment names the others name too: an example that is copied works at once."""
    tables = tomllib.loads((ROOT / "campaigns/environments.toml").read_text(encoding="utf-8"))

    assert {name: sorted(table["names"]) for name, table in tables.items()} == {
        "staging": ["agents", "caller", "sender", "sms-app", "voice-app"],
        "production": ["agents", "caller", "sender", "sms-app", "voice-app"],
    }


def test_the_quick_start_keeps_its_words_and_its_link() -> None:
    """The SMS has the quick start's literal dollar, and the link has the 40 characters that the vendor would cut."""
    quickstart, _ = load(ROOT, environment="sandbox", need_audience=True)
    assert quickstart.sms is not None
    assert isinstance(quickstart.voice, AudioVoice)
    assert quickstart.audience.file is not None

    rows = quickstart.audience.file.read_text(encoding="utf-8").splitlines()

    assert quickstart.sms.template.source.startswith("Attention! Your loan of $1,200 is overdue.")
    assert rows[1] == "+9113000000001,https://itniotech.cn/api/voice/callSend/"
    assert len(rows[1].split(",")[1]) == 40
    assert quickstart.voice.duration_s == 8
