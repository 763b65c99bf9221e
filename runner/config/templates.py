"""The files under `templates/`: read once for all campaigns, as text, without being looked at by Jinja2."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from runner.config.document import as_written, bidi_problems, decode, read_bounded
from runner.config.findings import Findings, quoted
from runner.config.paths import links_outside, stays_inside
from runner.config.positions import KeyPath, Lines
from runner.errors import InvalidError, Problem
from runner.model.campaign import Template

FOLDER = "templates"
MAX_BYTES = 64 * 1024
NAME = re.compile(r"[a-z0-9][a-z0-9._/-]*")


def load_templates(root: Path, problems: list[Problem]) -> Mapping[str, str]:
    """Return the source of every template under *root* by its name, such as ``debt/overdue.sms.j2``.

    Files whose names cannot be those of a template (capital letters, a leading dot) are left out. Files that are not
    regular, larger than 64 KiB, not UTF-8 or with bidirectional controls are added to *problems*, and so are links
    that leave the folder; links to folders are not followed. *root* is a real path.
    """
    folder = root / FOLDER
    problems.extend(links_outside(folder, inside=folder, root=root))
    found: dict[str, str] = {}
    for at, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            name = (Path(at) / file).relative_to(folder).as_posix()
            # One that leaves the folder was reported with the links.
            if not is_template_name(name) or not stays_inside(folder / name, folder):
                continue
            try:
                found[name] = _read(folder / name, shown=f"{FOLDER}/{name}")
            except InvalidError as error:
                problems.extend(error.problems)
    return MappingProxyType(dict(sorted(found.items())))


def is_template_name(name: str) -> bool:
    """Tell whether *name* can be that of a template: no capital letters, and no part begins with a dot or is empty."""
    return bool(NAME.fullmatch(name)) and all(part and not part.startswith(".") for part in name.split("/"))


def find_template(
    findings: Findings, path: KeyPath, name: str, templates: Mapping[str, str]
) -> Template | None:
    """Return the template that the value *name* at *path* names; None where it cannot, which is added to *findings*."""
    where = findings.document.value(path)
    if name in templates:
        return Template(name=name, source=templates[name], where=where)
    if not is_template_name(name):
        message = f"`{as_written(path)}`: {quoted(name)} cannot be the name of a template"
        hint = "a-z, 0-9, '.', '_', '-' and '/', below templates/"
        findings.at_value(path, "template-name", message, hint=hint)
        return None
    near = difflib.get_close_matches(name, templates, n=1)
    hint = f"did you mean {quoted(near[0])}?" if near else f"add templates/{name}"
    findings.at_value(
        path, "template-missing", f"`{as_written(path)}`: there is no templates/{name}", hint=hint
    )
    return None


def _read(file: Path, *, shown: str) -> str:
    source = decode(read_bounded(file, shown=shown, limit=MAX_BYTES), shown=shown)
    problems = bidi_problems(Lines(path=shown, text=source))
    if problems:
        raise InvalidError(problems)
    return source
