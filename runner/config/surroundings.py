"""What a campaign file is read in: the repository, the environment, and what may lie where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.config.environments import Environments
from runner.config.names import Names
from runner.model.policy import Caps


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The same for all campaigns of one command.

    Attributes:
        root: real path of the campaign repository.
        sources: prefixes that audiences may come from besides the root.
        templates: every template by name.
        need_audience: False where the sample may stand for an audience that is not at hand.
        is_tracked: tells whether git tracks a file, given by its real path.
        given_audience: whoever asks has an audience: neither the campaign's own nor a sample has to be at hand.
        caps: on calls to one person, of the repository's policy.
    """

    root: Path
    environment: str
    environments: Environments
    sources: tuple[str, ...]
    templates: Mapping[str, str]
    need_audience: bool
    is_tracked: Callable[[Path], bool]
    caps: Caps | None = None
    given_audience: bool = False

    @property
    def names(self) -> Names:
        """The look-up of ``@name`` in this environment."""
        return Names(environment=self.environment, environments=self.environments)
