"""The JSON Schema for editors."""

import json

from runner.config.schema import campaign_schema


def test_schema_knows_every_table_and_key() -> None:
    """The tables of the design are properties, and unknown keys are refused."""
    schema = campaign_schema()

    assert list(schema["properties"]) == [
        *("name", "formerly", "edition", "purpose", "app_id", "caller_id", "owner"),
        *("audience", "voice", "sms", "transfer", "schedule", "recall", "again", "limits"),
    ]
    assert schema["additionalProperties"] is False
    assert sorted(schema["required"]) == ["app_id", "audience", "edition", "name", "purpose", "voice"]


def test_schema_is_json() -> None:
    """It can be written to a file."""
    assert json.loads(json.dumps(campaign_schema()))["title"] == "campaign"


def test_durations_are_texts() -> None:
    """An editor is told how a duration is written."""
    voice = campaign_schema()["$defs"]["VoiceTable"]["properties"]

    assert voice["max_duration"]["pattern"] == "^[0-9]{1,7}[smhd]$"
