"""Rules that span several keys of one campaign file: which key needs or excludes which other.

They look at which keys are there, not at whether their values are right, so that they speak even where pydantic found
something wrong in the same table. Rules on values that were read already are in `runner.config.build`.
"""

from collections.abc import Mapping, Sequence

from runner.config.document import as_written
from runner.config.findings import Findings
from runner.config.positions import KeyPath

CONTENT_KEYS: Mapping[str, tuple[str, ...]] = {
    "tts": ("template", "text"),
    "audio": ("file",),
    "uploaded": ("file_id",),
}
"""What is heard, by source: exactly one of these."""

VOICE_KEYS: Mapping[str, tuple[str, ...]] = {
    "tts": ("template", "text", "language", "gender", "rate", "accent"),
    "audio": ("file", "language"),
    "uploaded": ("file_id", "language"),
}
"""All keys that a voice of a source may have."""

TRIGGER_KEYS = ("on_failed", "on_success", "on_key", "on_ring")

_ALL_VOICE_KEYS = frozenset(key for keys in VOICE_KEYS.values() for key in keys)

Origins = dict[str, KeyPath]
"""Keys that hold for a table, each with the place in the document where it was written."""


def check_rules(findings: Findings) -> None:
    """Add what breaks a rule in the document of *findings*."""
    data = findings.document.data
    voice = origins(data.get("voice"), ("voice",))
    if voice is not None:
        _check_voice(findings, voice, source_of(findings, voice), ("voice",))
    sms = origins(data.get("sms"), ("sms",))
    if sms is not None:
        _check_text(findings, sms, ("sms",), is_needed=True)
        _check_triggers(findings, sms, ("sms",))
    _check_transfer(findings)
    _check_rounds(findings, voice or {}, has_sms=sms is not None)


def origins(table: object, base: KeyPath) -> Origins | None:
    """Return the keys of *table*, which stands at *base*; None where it is no table."""
    return {key: (*base, key) for key in table} if isinstance(table, Mapping) else None


def source_of(findings: Findings, voice: Origins) -> str | None:
    """Return the source of a voice where it is one that exists."""
    source = findings.document.at(voice["source"]) if "source" in voice else None
    return source if isinstance(source, str) and source in VOICE_KEYS else None


def merged_voice(findings: Findings, base: Origins, override: Origins) -> Origins:
    """Return the keys that hold for the voice of a recall round.

    What the round does not say is taken from ``[voice]``: everything that its source can have, but never a content
    beside a content of its own.
    """
    source = source_of(findings, override if "source" in override else base)
    taken = set(VOICE_KEYS.get(source or "", ())) | {"source"}
    if source != source_of(findings, base):
        taken = {"language"}
    if any(key in override for keys in CONTENT_KEYS.values() for key in keys):
        taken -= {key for keys in CONTENT_KEYS.values() for key in keys}
    return {key: path for key, path in base.items() if key in taken} | override


def _check_voice(findings: Findings, voice: Origins, source: str | None, at: KeyPath) -> None:
    if source is None:
        return
    for key, path in voice.items():
        if key in _ALL_VOICE_KEYS and key not in VOICE_KEYS[source]:
            message = f'`{as_written(path)}` does not go with source = "{source}"'
            hint = f"a voice of this source has {_listed(VOICE_KEYS[source])}"
            findings.at_key(path, "conflicting-keys", message, hint=hint)
    contents = CONTENT_KEYS[source]
    given = [key for key in contents if key in voice]
    if not given:
        message = f'`[{as_written(at)}]` with source = "{source}" needs {_listed(contents, "or")}'
        findings.at_key(at, "missing-key", message)
    elif len(given) > 1:
        findings.at_key(voice[given[1]], "conflicting-keys", _not_both(at, given), hint="keep one of them")
    if source == "tts" and "language" not in voice:
        hint = 'such as language = "EN"'
        findings.at_key(
            at, "missing-key", f'`[{as_written(at)}]` with source = "tts" needs `language`', hint=hint
        )


def _check_text(findings: Findings, sms: Origins, at: KeyPath, *, is_needed: bool) -> None:
    given = [key for key in ("template", "text") if key in sms]
    if not given and is_needed:
        findings.at_key(at, "missing-key", f"`[{as_written(at)}]` needs `template` or `text`")
    elif len(given) > 1:
        findings.at_key(sms[given[1]], "conflicting-keys", _not_both(at, given), hint="keep one of them")


def _check_triggers(findings: Findings, sms: Origins, at: KeyPath) -> None:
    """At least one trigger must be on. A key that is unknown may be a misspelt one: then nothing is said."""
    document = findings.document
    is_on = any(document.at(sms[key]) is not False for key in TRIGGER_KEYS if key in sms)
    is_misspelt = any(key.startswith("on") and key not in TRIGGER_KEYS for key in sms)
    if not is_on and not is_misspelt:
        hint = "set on_failed = true, on_ring = true, on_success or on_key"
        findings.at_key(
            at, "no-trigger", f"`[{as_written(at)}]` would never be sent: no trigger is set", hint=hint
        )


def _check_transfer(findings: Findings) -> None:
    table = findings.document.data.get("transfer")
    if not isinstance(table, Mapping):
        return
    if table.get("when") == "key" and "key" not in table:
        hint = 'such as key = "1"'
        findings.at_key(("transfer",), "missing-key", '`[transfer]` with when = "key" needs `key`', hint=hint)
    if table.get("when") == "after_playback" and "key" in table:
        message = '`transfer.key` does not go with when = "after_playback"'
        findings.at_key(("transfer", "key"), "conflicting-keys", message)


def _check_rounds(findings: Findings, voice: Origins, *, has_sms: bool) -> None:
    rounds = findings.document.at(("recall", "round"))
    if not isinstance(rounds, list):
        return
    allowed = findings.document.at(("recall", "rounds"))
    if isinstance(allowed, int) and len(rounds) > allowed:
        message = f"there are {len(rounds)} [[recall.round]] tables, but `recall.rounds` is {allowed}"
        findings.at_key(("recall", "round", allowed), "too-many-rounds", message)
    for index, table in enumerate(rounds):
        if not isinstance(table, Mapping):
            continue
        at: KeyPath = ("recall", "round", index)
        override = origins(table.get("voice"), (*at, "voice"))
        if override:
            both = merged_voice(findings, voice, override)
            _check_voice(findings, both, source_of(findings, both), (*at, "voice"))
        sms = origins(table.get("sms"), (*at, "sms"))
        if sms is not None:
            _check_round_sms(findings, sms, (*at, "sms"), has_sms=has_sms)


def _check_round_sms(findings: Findings, sms: Origins, at: KeyPath, *, has_sms: bool) -> None:
    if not has_sms:
        message = f"`[{as_written(at)}]` changes an SMS that the campaign does not have"
        findings.at_key(at, "missing-key", message, hint="add a table `[sms]`")
    _check_text(findings, sms, at, is_needed=False)
    if any(key in sms for key in TRIGGER_KEYS):
        _check_triggers(findings, sms, at)


def _listed(keys: tuple[str, ...], last: str = "and") -> str:
    names = [f"`{key}`" for key in keys]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _not_both(at: KeyPath, given: Sequence[str]) -> str:
    return f"`[{as_written(at)}]` has both `{given[0]}` and `{given[1]}`"
