"""Names and editions across all campaigns of a root: each name once, old names never taken again."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runner.config.document import MAX_BYTES, Document, decode, read_bounded
from runner.config.paths import stays_inside
from runner.config.positions import KeyPath
from runner.errors import InvalidError, Problem
from runner.model.campaign import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The names that one campaign file claims.

    Attributes:
        path: relative to the root.
        document: None where the file was not selected: nothing is reported in it.
    """

    path: str
    name: str
    formerly: tuple[str, ...]
    document: Document | None


def identity_of(path: str, data: object, document: Document | None) -> Identity | None:
    """Return the names in the TOML *data*, None where there is no name."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        return None
    old = data.get("formerly")
    formerly = tuple(name for name in old if isinstance(name, str)) if isinstance(old, list) else ()
    return Identity(path=path, name=data["name"], formerly=formerly, document=document)


def unselected(root: Path, files: Iterable[Path]) -> list[Identity]:
    """Return the names in those of *files* that can be read; what is wrong with the others is not asked about."""
    found = []
    for file in files:
        shown = file.relative_to(root).as_posix()
        if not stays_inside(file, root):
            continue
        try:
            data = tomllib.loads(decode(read_bounded(file, shown=shown, limit=MAX_BYTES), shown=shown))
        except (InvalidError, ValueError, RecursionError):
            continue
        identity = identity_of(shown, data, None)
        found += [identity] if identity else []
    return found


def name_problems(identities: Sequence[Identity]) -> list[Problem]:
    """Return a problem for each name, present or former, that a selected campaign shares with another one."""
    problems = []
    ordered = sorted(identities, key=lambda identity: identity.path)
    for index, one in enumerate(ordered):
        if one.document is None:
            continue
        # Of two selected files the later one is told.
        others = [o for n, o in enumerate(ordered) if n != index and (n < index or o.document is None)]
        twin = next((other for other in others if other.name == one.name), None)
        if twin is not None:
            problems.append(_taken(one.document, ("name",), one.name, twin))
        problems += _former(one, one.document, [o for n, o in enumerate(ordered) if n != index])
    return problems


def edition_problems(campaigns: Iterable[Campaign], receipts: Path) -> list[Problem]:
    """Return a problem for each edition that differs from one with receipts in *receipts* by capitals only.

    Receipts lie in folders named after editions, and some file systems do not tell capitals apart.
    """
    problems = []
    for campaign in campaigns:
        folder = receipts / campaign.name
        known = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        for edition in known:
            if edition != campaign.edition and edition.casefold() == campaign.edition.casefold():
                message = f"edition {campaign.edition} differs from the earlier {edition} by capitals only"
                problem = Problem(code="edition-capitals", message=message, where=campaign.where("edition"))
                problems.append(problem)
    return problems


def lint(campaigns: Iterable[Campaign]) -> tuple[Problem, ...]:
    """Return what is worth a warning in *campaigns*: a file that is called otherwise than its campaign."""
    return tuple(
        Problem(
            code="file-name",
            message=f"the campaign `{campaign.name}` lies in a file of another name",
            where=campaign.where("name"),
            hint=f"call the file {campaign.name}.toml; its identity stays the same",
        )
        for campaign in campaigns
        if PurePosixPath(campaign.path).stem != campaign.name
    )


def _former(one: Identity, document: Document, others: Sequence[Identity]) -> list[Problem]:
    problems = []
    for position, old in enumerate(one.formerly):
        path: KeyPath = ("formerly", position)
        if old == one.name:
            message = f"`{old}` is this campaign's present name"
            problems.append(Problem(code="duplicate-name", message=message, where=document.value(path)))
        twin = next((other for other in others if old == other.name or old in other.formerly), None)
        if twin is not None:
            problems.append(_taken(document, path, old, twin))
    problems += [
        _taken(document, ("name",), one.name, other)
        for other in others
        if other.document is None and one.name in other.formerly
    ]
    return problems


def _taken(document: Document, path: KeyPath, name: str, twin: Identity) -> Problem:
    message = f"the name `{name}` is also one of {twin.path}"
    hint = "a name stands for one campaign, for ever: people are known by it"
    return Problem(code="duplicate-name", message=message, where=document.value(path), hint=hint)
