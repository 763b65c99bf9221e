"""`[audience]`: which files, and what their columns are. No row of an audience is read here."""

from pathlib import Path

from runner.config.findings import Findings, quoted
from runner.config.names import FOLDER
from runner.config.paths import AUDIENCE_ENDINGS, Place, audience_folders, resolve_file
from runner.config.plain import SANDBOX
from runner.config.positions import KeyPath
from runner.config.schema import AudienceTable
from runner.config.surroundings import Surroundings
from runner.model.campaign import Audience

_FILE: KeyPath = ("audience", "file")
_SAMPLE: KeyPath = ("audience", "sample")


def build_audience(findings: Findings, table: AudienceTable, around: Surroundings) -> Audience:
    """Return the audience; what is wrong with it is added to *findings*, and the value has then no meaning.

    Where the audience is not needed, `file` is None if there is no such file, and `exclude` has only the lists that
    are there.
    """
    place = _place(findings, around)
    sample = None
    if table.sample is not None:
        committed = Place(
            base=place.base, folders=(around.root,), endings=AUDIENCE_ENDINGS, described="the root"
        )
        sample = resolve_file(findings, _SAMPLE, table.sample, committed)
    may_be_absent = not around.need_audience and (around.given_audience or table.sample is not None)
    file = _private_file(findings, _FILE, table.file, place=place, around=around, may_be_absent=may_be_absent)
    exclude = [
        _private_file(
            findings,
            ("audience", "exclude", index),
            written,
            place=place,
            around=around,
            may_be_absent=may_be_absent,
        )
        for index, written in enumerate(table.exclude)
    ]
    return Audience(
        file=file,
        address=table.file,
        sample=sample,
        sample_address=table.sample,
        number=table.number,
        region=table.region,
        countries=_countries(findings, table),
        exclude=tuple(path for path in exclude if path is not None),
        exclude_addresses=tuple(table.exclude),
        prefer=table.prefer,
        fresh_s=table.fresh,
        types=dict(table.types),
    )


def _place(findings: Findings, around: Surroundings) -> Place:
    described = "the root, or in a folder of RUNNER_SOURCES"
    return Place(
        base=findings.document.file.parent,
        folders=audience_folders(around.root, around.sources),
        endings=AUDIENCE_ENDINGS,
        described=described,
    )


def _private_file(
    findings: Findings,
    path: KeyPath,
    written: str,
    *,
    place: Place,
    around: Surroundings,
    may_be_absent: bool,
) -> Path | None:
    """Return the real path of a file that holds numbers of people, which git may not track outside the sandbox."""
    named = _named(findings, path, written, around)
    file = resolve_file(findings, path, named, place, may_be_absent=may_be_absent)
    if file is not None and around.environment != SANDBOX and around.is_tracked(file):
        message = f"{quoted(written)} is tracked by git: personal data is not committed"
        hint = "take it out of git and add it to .gitignore; only the sample is committed"
        findings.at_value(path, "audience-tracked", message, hint=hint)
    return file


def _named(findings: Findings, path: KeyPath, written: str, around: Surroundings) -> str:
    """Return *written* with its leading folder looked up where that begins with ``@``."""
    folder, slash, rest = written.partition("/")
    if not folder.startswith("@"):
        return written
    return around.names.value(findings, path, folder, FOLDER).rstrip("/") + slash + rest


def _countries(findings: Findings, table: AudienceTable) -> tuple[str, ...]:
    """Return the regions that may be called: at least one, since a country nobody named is not called."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  30 ms that only reading an audience is worth

    regions = [*(table.countries or ())]
    for index, region in enumerate(regions):
        if region not in SUPPORTED_REGIONS:
            path: KeyPath = ("audience", "countries", index)
            findings.at_value(path, "unknown-region", f"{quoted(region)} is no region with telephone numbers")
    if table.region is not None and table.region not in SUPPORTED_REGIONS:
        path = ("audience", "region")
        findings.at_value(
            path, "unknown-region", f"{quoted(table.region)} is no region with telephone numbers"
        )
    if not regions and table.region is None:
        message = "`[audience]` needs `countries`, or a `region`, which is then the only country"
        findings.at_key(("audience",), "missing-key", message, hint='such as countries = ["IN"]')
    return tuple(dict.fromkeys(regions)) or ((table.region,) if table.region is not None else ())
