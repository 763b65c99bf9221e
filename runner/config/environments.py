"""`campaigns/environments.toml`: what differs between environments, looked up wherever a value begins with ``@``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from runner.config.document import Document, read_document
from runner.config.explain import explain
from runner.config.findings import Findings
from runner.config.plain import BUILT_IN
from runner.config.schema import EnvironmentTable
from runner.errors import InvalidError, Problem, Where

FILE = "campaigns/environments.toml"
NAME = re.compile("[a-z0-9][a-z0-9-]{0,31}")
"""Names of environments; they become names of folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environments:
    """The declared environments and the names in each.

    Attributes:
        names: by environment, then by name without ``@``.
        document: None where there is no such file.
        is_broken: the file has problems, which are reported once; look-ups that find nothing add none.
    """

    names: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    document: Document | None = None
    is_broken: bool = False

    def is_known(self, environment: str) -> bool:
        """Tell whether *environment* may be selected."""
        return environment in BUILT_IN or environment in self.names

    def place(self, environment: str, name: str) -> Where:
        """Return the place of *name* in *environment*, or of what stands above it."""
        if self.document is None:
            return Where(path=FILE)
        return self.document.value((environment, "names", name))


def read_environments(root: Path, problems: list[Problem]) -> Environments:
    """Return what the file under *root* declares; nothing where there is none. What is wrong is added to *problems*."""
    file = root / FILE
    if not file.exists():
        return Environments()
    try:
        document = read_document(file, shown=FILE)
    except InvalidError as error:
        problems.extend(error.problems)
        return Environments(is_broken=True)
    findings = Findings(document=document)
    names: dict[str, Mapping[str, str | int]] = {}
    for environment, table in document.data.items():
        if not NAME.fullmatch(environment):
            message = f"`{environment}` cannot be the name of an environment"
            hint = "1 to 32 of a-z, 0-9 and -, not beginning with -"
            findings.at_key((environment,), "bad-value", message, hint=hint)
            continue
        try:
            names[environment] = EnvironmentTable.model_validate(table).names
        except ValidationError as error:
            explain(error, EnvironmentTable, findings, base=(environment,))
            names[environment] = {}
    problems.extend(findings.problems)
    return Environments(names=names, document=document, is_broken=bool(findings.problems))


def selection_problem(environment: str, environments: Environments) -> Problem | None:
    """Return what is wrong with selecting *environment*, if anything."""
    if environments.is_known(environment) or environments.is_broken:
        return None
    known = ", ".join(sorted({*BUILT_IN, *environments.names}))
    return Problem(
        code="unknown-environment",
        message=f"the environment {environment} is not declared",
        where=Where(path=FILE) if environments.document else None,
        hint=f"RUNNER_ENVIRONMENT is one of {known}, or gets a table in {FILE}",
    )
