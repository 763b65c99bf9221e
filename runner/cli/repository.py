"""The campaign repository that a command is about, its settings, and its campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from runner.cli.clock import SystemClock
from runner.cli.progress import StderrProgress
from runner.config.find import find_root
from runner.config.load import load
from runner.config.schedule import check_schedule
from runner.config.settings import Settings, read_settings
from runner.engines import git
from runner.errors import InvalidError
from runner.model.campaign import Campaign


@dataclass(frozen=True)
class Repository:
    """A root with its settings; made once by a command."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, paths: Sequence[Path] | None) -> "Repository":
        """Return the repository that *paths* lie in, or the one that the working directory lies in.

        Raises:
            InvalidError: there is none, or its settings are wrong.
        """
        root = find_root(paths[0] if paths else Path.cwd())
        settings = read_settings(root, is_ignored=git.is_ignored, is_tracked=git.is_tracked)
        repository = cls(root=root, settings=settings)
        for warning in settings.warnings:
            repository.progress.note(f"warning: {warning.message}")
        return repository

    @cached_property
    def clock(self) -> SystemClock:
        """Return the clock."""
        return SystemClock()

    @cached_property
    def progress(self) -> StderrProgress:
        """Return the progress on stderr."""
        return StderrProgress(self.clock)

    def campaigns(self, paths: Sequence[Path] | None, *, need_audience: bool) -> tuple[Campaign, ...]:
        """Return the campaigns that *paths* name.

        Raises:
            InvalidError: with all problems of all files.
            ExpectationError: none is selected.
        """
        settings = self.settings
        campaigns = load(
            self.root,
            paths,
            environment=settings.environment,
            sources=settings.sources,
            need_audience=need_audience,
            is_tracked=git.is_tracked,
            receipts=settings.receipts_dir(self.root) / settings.environment,
        )
        problems = check_schedule(campaigns, settings.vendor_zone)
        if problems:
            raise InvalidError(problems)
        return campaigns
