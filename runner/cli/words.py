"""`runner who --words`: what the person heard and got, rendered again from the commit that was applied.

Personal content is printed, which is the purpose: so only at a terminal, never under CI, and only where the content key of what
was rendered is the one that was sent.
"""

import io
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import InvalidError, RefusedError, RunnerError

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.collect.person import Handed
    from runner.model.campaign import Campaign
    from runner.ports import Renderer
    from runner.preview.heard import Heard, Sought

RECEIPTS = "campaigns/receipts"
FOLDERS = ("campaigns", "templates")


def refuse_unseen() -> None:
    """Return if a person looks at what is printed.

    Raises:
        RefusedError: stdout is no terminal, or this is CI, whose logs are kept and read by many.
    """
    if not sys.stdout.isatty() or os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        message = "--words prints what one person heard: at a terminal only, and never under CI"
        raise RefusedError(message, code="words-unseen")


def tell_words(region: str | None, audience: Path) -> None:
    """Read a number from stdin, and print what the ledger says of that person, and the words of each task.

    Raises:
        RefusedError: see `refuse_unseen`.
        InvalidError: what was read is no number, or *audience* is no audience.
        LedgerError: as `runner.cli.asking.ask`; likewise CredentialsError.
    """
    from runner.cli.asking import looking, read_number  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.collect.person import keys_of, known  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.engines.local import LocalRenderer  # noqa: PLC0415
    from runner.preview.heard import Sought  # noqa: PLC0415
    from runner.views.person_text import person_lines, words_lines  # noqa: PLC0415

    refuse_unseen()
    path = audience.resolve()
    asked = read_number(region)
    repository = Repository.open(None)
    place = repository.settings.ledger_place
    number, environment = str(asked.number), place.environment
    with looking(repository.root, place) as looked:
        if looked is None:
            print_lines(person_lines(number, None, environment=environment))
            return
        keys = keys_of(number, asked.country, subkey=looked.key.subkey(Label.PERSON))
        found = known(looked.lookup, looked.receipts.naming, keys)
        contents = [
            {
                content
                for attempt in one.task.attempts
                for content in looked.lookup.contents_of(attempt.block, keys)
            }
            for one in found.tasks
        ]
        key = looked.key
    print_lines(person_lines(number, found, environment=environment))
    with LocalRenderer(workers=1) as renderer:
        for one, theirs in zip(found.tasks, contents, strict=True):
            sought = Sought(keys=keys, contents=theirs, key=key, allow_fiction=environment != "production")
            again = _Again(repository=repository, audience=path, shown=str(audience), renderer=renderer)
            commit, words, why = again.words(one, sought)
            print_lines(words_lines(number, one, words, commit=commit, why=why))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """Renders again what commits of the repository say."""

    repository: "Repository"
    audience: Path
    shown: str
    renderer: "Renderer"

    def words(self, one: "Handed", sought: "Sought") -> tuple[str | None, tuple[tuple[str, str], ...], str]:
        """Return the commit that gives the words of a task, the words, and why there are none, in words."""
        from runner.preview.heard import shown_lines  # noqa: PLC0415

        commits = list(dict.fromkeys(r.commit for r in reversed(one.receipts) if r.commit is not None))
        why = "no commit is recorded with its apply"
        for commit in commits:
            with _checkout(self.repository.root, commit) as root:
                if root is None:
                    why = f"commit {commit[:12]} is not in this clone"
                    continue
                try:
                    found = self._heard(root, one, sought)
                except RunnerError as error:
                    why = f"the files of commit {commit[:12]} do not give words with this audience ({_codes(error)})"
                    continue
            if found is None:
                why = f"commit {commit[:12]} has no such campaign and edition"
            elif not found.is_in_audience:
                why = "the person is not in this audience"
            elif found.texts is None:
                why = (
                    f"commit {commit[:12]} and this audience give other words than were sent (by the content key): the "
                    "audience is not the one of then, or files were applied that were not committed"
                )
            else:
                return commit, tuple(shown_lines(found)), ""
        return None, (), why

    def _heard(self, root: Path, one: "Handed", sought: "Sought") -> "Heard | None":
        from runner.preview.heard import heard  # noqa: PLC0415

        campaign = self._campaign(root, one)
        if campaign is None:
            return None
        return heard(campaign, self.audience, sought, shown=self.shown, renderer=self.renderer)

    def _campaign(self, root: Path, one: "Handed") -> "Campaign | None":
        """Return the campaign of the task as it is in *root*; other campaigns there may be wrong."""
        from runner.config.find import find_campaigns  # noqa: PLC0415
        from runner.config.load import load  # noqa: PLC0415

        settings, task = self.repository.settings, one.task.task
        failure: InvalidError | None = None
        for file in find_campaigns(root, None):
            try:
                (campaign,) = load(
                    root,
                    [file],
                    environment=settings.environment,
                    sources=settings.sources,
                    need_audience=False,
                    given_audience=True,
                )
            except InvalidError as error:
                failure = error
                continue
            if (campaign.name, campaign.edition) == (task.campaign, task.edition):
                # An apply counts no calls here, and reads no list.
                return replace(campaign, audience=replace(campaign.audience, exclude=(), fresh_s=None))
        if failure is not None:
            raise failure
        return None


def _codes(error: RunnerError) -> str:
    return ", ".join(dict.fromkeys(problem.code for problem in error.problems))


@contextmanager
def _checkout(root: Path, commit: str) -> Iterator[Path | None]:
    """Yield a folder with the files of *commit* below `FOLDERS`, gone afterwards; None where git does not have it."""
    from runner.engines import git  # noqa: PLC0415

    packed = git.archive(root, commit, FOLDERS, but=RECEIPTS)
    if packed is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="campaign-runner-words-") as name:
        folder = Path(name).resolve()
        try:
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError):
            yield None
            return
        for one in FOLDERS:
            (folder / one).mkdir(exist_ok=True)
        yield folder
