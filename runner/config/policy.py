"""`campaigns/policy.toml`: the ceiling for all campaigns of a repository."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from runner.config.document import read_document
from runner.config.explain import explain
from runner.config.findings import Findings
from runner.config.scalars import Expects
from runner.config.schema import Table
from runner.errors import InvalidError, Problem
from runner.model.policy import Caps

FILE = "campaigns/policy.toml"


class CapsTable(Table):
    """``[caps]``."""

    calls: Annotated[int, Field(ge=1, le=1000), Expects("a whole number from 1 to 1,000")]
    days: Annotated[int, Field(ge=1, le=366), Expects("a whole number from 1 to 366")]


class PolicyTable(Table):
    """The whole file."""

    caps: CapsTable | None = None


def read_caps(root: Path, problems: list[Problem]) -> Caps | None:
    """Return the caps that the policy under *root* sets; None where it sets none. What is wrong is added to *problems*."""
    file = root / FILE
    # A link that leads nowhere is a policy that cannot be read, and not the absence of one.
    if not os.path.lexists(file):
        return None
    try:
        document = read_document(file, shown=FILE)
    except InvalidError as error:
        problems.extend(error.problems)
        return None
    findings = Findings(document=document)
    caps = None
    try:
        caps = PolicyTable.model_validate(document.data).caps
    except ValidationError as error:
        explain(error, PolicyTable, findings)
    problems.extend(findings.problems)
    return None if caps is None else Caps(calls=caps.calls, days=caps.days, where=document.key(("caps",)))
