"""Planning from the command line: the inputs, the worker processes and the scratch folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from runner.cli.ledgers import PlanningKey, key_of, reader_of
from runner.cli.repository import Repository
from runner.digest.keys import LedgerKey
from runner.engines.local import LocalRenderer
from runner.laaffic.capacity import CAPACITY
from runner.model.campaign import Campaign

if TYPE_CHECKING:
    from runner.planning.saved import ReviewedCampaign
    from runner.ports import LedgerReader
    from runner.preview.prepared import Preview
    from runner.sources.scratch import Scratch

MEMORY = 200 * 1024 * 1024
"""Intermediate frames that need no file: all of them up to half a million people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What planning needs for as long as a command runs.

    Attributes:
        reader: the ledger as it was found; None where there is none yet.
    """

    repository: Repository
    reader: "LedgerReader | None"
    planning_key: PlanningKey
    scratch: "Scratch"
    renderer: LocalRenderer
    counter: Iterator[int] = field(default_factory=count)

    @property
    def key(self) -> LedgerKey:
        """Return the hashing key."""
        return self.planning_key.key

    def preview(
        self,
        campaigns: Sequence[Campaign],
        *,
        ledger: "LedgerReader | None",
        reviewed: "Mapping[str, ReviewedCampaign] | None" = None,
    ) -> "Preview":
        """Return the preview of *campaigns*, see `runner.preview.run.preview`, and keep a new key after it."""
        from runner.preview.run import Inputs, Means, preview  # noqa: PLC0415  loads Polars

        environment = self.repository.settings.environment
        inputs = Inputs(
            environment=environment,
            ledger=ledger,
            key=self.key,
            now=self.repository.clock.now(),
            capacity=CAPACITY,
            allow_fiction=environment != "production",
            refuses_duplicates=self.repository.settings.refuses_duplicate_names,
        )
        means = Means(renderer=self.renderer, scratch=self.scratch, progress=self.repository.progress)
        made = preview(campaigns, inputs, means, reviewed=reviewed, prefix=f"p{next(self.counter)}-")
        self.planning_key.keep(self.repository)
        return made


@contextmanager
def bench(
    repository: Repository, *, known: "tuple[LedgerReader | None, PlanningKey] | None" = None
) -> Iterator[Bench]:
    """Yield what planning needs; processes and scratch are gone afterwards.

    Args:
        repository: where.
        known: ledger and key, where the command has looked at them itself.

    Raises:
        LedgerError: the ledger or its key cannot be used.
    """
    with ExitStack() as stack:
        renderer = stack.enter_context(LocalRenderer())
        # They take as long to start as all that is loaded here.
        renderer.start()
        from runner.sources.scratch import Scratch  # noqa: PLC0415  loads Polars

        if known is None:
            found = reader_of(repository)
            known = found, key_of(repository, found)
        reader, key = known
        scratch = stack.enter_context(
            Scratch(repository.settings.scratch, repository=repository.root, memory=MEMORY)
        )
        yield Bench(
            repository=repository, reader=reader, planning_key=key, scratch=scratch, renderer=renderer
        )
