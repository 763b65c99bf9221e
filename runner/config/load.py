"""All campaigns of a command at once: every one of them right, or one error with everything that is wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path

from runner.config.build import build_campaign
from runner.config.document import Document, read_document
from runner.config.environments import read_environments, selection_problem
from runner.config.find import CAMPAIGNS, find_campaigns
from runner.config.identity import edition_problems, identity_of, name_problems, unselected
from runner.config.paths import links_outside, outside_problem, stays_inside
from runner.config.policy import read_caps
from runner.config.surroundings import Surroundings
from runner.config.templates import load_templates
from runner.errors import InvalidError, Problem
from runner.model.campaign import Campaign


def load(
    root: Path,
    paths: Sequence[Path] | None = None,
    *,
    environment: str,
    sources: tuple[str, ...] = (),
    need_audience: bool,
    is_tracked: Callable[[Path], bool] = lambda _: False,
    receipts: Path | None = None,
    given_audience: bool = False,
) -> tuple[Campaign, ...]:
    """Return the campaigns of *root* that *paths* name, all without *paths*, in the order of their files.

    Args:
        root: as `find_root` returns it.
        paths: files or folders.
        environment: where names with ``@`` are looked up.
        sources: prefixes that audiences may come from besides the root.
        need_audience: False where the sample may stand for an audience that is not at hand (`Audience.file` is None).
        is_tracked: tells whether git tracks a file, given by its real path.
        receipts: folder of receipts, in which each environment has a folder, to find editions that differ by capitals only.
        given_audience: whoever asks has an audience: neither the campaign's own nor a sample has to be at hand.

    Raises:
        InvalidError: with all problems of all files, in the order of their places.
        ExpectationError: no campaign is selected.
    """
    root = root.resolve()
    files = find_campaigns(root, paths)
    problems: list[Problem] = links_outside(root / CAMPAIGNS, inside=root, root=root)
    around = Surroundings(
        root=root,
        environment=environment,
        environments=read_environments(root, problems),
        sources=sources,
        templates=load_templates(root, problems),
        need_audience=need_audience,
        is_tracked=is_tracked,
        caps=read_caps(root, problems),
        given_audience=given_audience,
    )
    selection = selection_problem(environment, around.environments)
    problems += [selection] if selection else []
    documents = _documents(root, files, problems)
    campaigns = []
    for document in documents:
        campaign, findings = build_campaign(document, around)
        problems += findings.problems
        campaigns += [campaign] if campaign else []
    own = [identity_of(document.lines.path, document.data, document) for document in documents]
    others = unselected(root, [file for file in find_campaigns(root, None) if file not in set(files)])
    problems += name_problems([*(identity for identity in own if identity), *others])
    problems += edition_problems(campaigns, receipts / environment) if receipts else []
    if problems:
        raise InvalidError(in_order(problems))
    return tuple(campaigns)


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Return *problems* without repetitions, by file, line and column."""

    def place(problem: Problem) -> tuple[str, int, int]:
        where = problem.where
        return (where.path, where.line or 0, where.column or 0) if where else ("", 0, 0)

    return sorted(dict.fromkeys(problems), key=place)


def _documents(root: Path, files: Sequence[Path], problems: list[Problem]) -> list[Document]:
    """Return the documents of *files*; of each that has none the reason is added to *problems*."""
    documents = []
    for file in files:
        if not stays_inside(file, root):
            problems.append(outside_problem(file, inside=root, root=root))
            continue
        try:
            documents.append(read_document(file, shown=file.relative_to(root).as_posix()))
        except InvalidError as error:
            problems.extend(error.problems)
    return documents
