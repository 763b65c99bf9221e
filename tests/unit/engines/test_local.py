"""Real worker processes: bounded, without secrets, and replaced when they are lost."""

import os
import time
from collections.abc import Iterator, Mapping

import pytest

from runner.compile.replies import Reply
from runner.engines.local import LocalRenderer
from runner.engines.process import Worker
from runner.engines.wire import encoded
from runner.ports import Lost, LostReason

pytestmark = pytest.mark.slow


def _program(source: str) -> dict[str, object]:
    return {"columns": [["name", "text"]], "texts": [[1, "@inline"]], "sources": {"@inline": source}}


def _render(names: list[str], unit: int = 0) -> dict[str, object]:
    return {"op": "render", "units": [unit], "rows": len(names), "columns": [names], "chunk": 250}


@pytest.fixture
def renderer() -> Iterator[LocalRenderer]:
    """Two workers."""
    with LocalRenderer() as renderer:
        yield renderer


def texts_of(answer: Mapping[str, object]) -> list[str | None]:
    """Return the texts of the one unit that was asked for."""
    return Reply(answer).replies("units")[0].optional_strings("texts")


def test_answers_come_in_the_order_of_the_requests(renderer: LocalRenderer) -> None:
    """Two workers answer a hundred requests, each its own."""
    program = _program("{{ name|upper }}")

    answers = list(renderer.answers(program, (_render([f"n{n}"]) for n in range(100))))

    assert [texts_of(answer) for answer in answers if not isinstance(answer, Lost)] == [
        [f"N{n}"] for n in range(100)
    ]


def test_programs_follow_one_another(renderer: LocalRenderer) -> None:
    """A worker loads the program that it is asked about."""
    for source, text in (
        ("{{ name|upper }}", "ANN"),
        ("{{ name|lower }}", "ann"),
        ("{{ name|upper }}", "ANN"),
    ):
        answers = list(renderer.answers(_program(source), [_render(["Ann"])] * 3))

        assert [texts_of(answer) for answer in answers if not isinstance(answer, Lost)] == [[text]] * 3


PROBE = """
import json, os, resource, sys
sys.path.append(sys.argv[1])
from runner.engines import worker
seen = lambda: {
    "environment": sorted(set(os.environ) - {"LC_CTYPE"}), "modules": sorted(sys.modules), "directory": os.getcwd(),
    "memory": resource.getrlimit(resource.RLIMIT_AS)[1], "files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
}
worker.Service.answer = lambda self, request: seen()
worker.main()
"""


def test_a_worker_has_no_secret_and_little_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is empty, it knows no settings and no Polars, and memory and files are limited."""
    monkeypatch.setenv("RUNNER_API_SECRET", "canary")
    worker = Worker(script=PROBE)

    seen = worker.ask(encoded({"load": _program("x")}), {})
    worker.end()

    assert not isinstance(seen, Lost)
    assert seen["environment"] == []
    assert seen["memory"] == 512 * 1024 * 1024
    assert seen["files"] == 8
    assert seen["directory"] == "/"
    modules = {str(name).split(".")[0] for name in _list(seen["modules"])}
    assert not modules & {"polars", "pydantic", "pydantic_settings", "httpx", "sqlalchemy", "numpy"}


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import time; time.sleep(60)", LostReason.TIME),
        ("while True: pass", LostReason.TIME),
        ("import sys; sys.exit(3)", LostReason.DIED),
        ("import os; os.kill(os.getpid(), 9)", LostReason.DIED),
        ("import os; os.write(1, b'\\xff' * 8); os.read(0, 9); input()", LostReason.GARBLED),
        ("import os; os.write(1, b'\\0\\0\\0\\2[]'); input(); input()", LostReason.GARBLED),
        ("import os; os.write(1, b'\\0\\0\\0\\2{}'); input(); input()", LostReason.GARBLED),
    ],
)
def test_a_worker_that_does_not_answer_is_lost(script: str, reason: LostReason) -> None:
    """Silence, death and nonsense are told apart, within the deadline."""
    worker = Worker(deadline_s=0.8, script=script)
    began = time.monotonic()

    answer = worker.ask(encoded({"load": _program("x")}), {"op": "describe"})
    worker.end()

    assert answer == Lost(reason=reason, note=None)
    assert time.monotonic() - began < 5


def test_a_worker_that_only_talks_is_lost_too() -> None:
    """Notes put the deadline off, but not for ever."""
    script = (
        "import os\n"
        "frame = b'{\"note\":1}'\n"
        "frame = len(frame).to_bytes(4, 'big') + frame\n"
        "while True: os.write(1, frame * 1000)"
    )
    worker = Worker(script=script)

    answer = worker.ask(encoded({"load": _program("x")}), {"op": "describe"})
    worker.end()

    assert answer == Lost(reason=LostReason.TIME, note=1)


def test_a_lost_worker_is_replaced(renderer: LocalRenderer) -> None:
    """What kills one process does not stop the next request."""
    bomb = "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ name }}"

    for _ in range(3):
        (answer,) = renderer.answers(_program(bomb), [_render(["Ann"])])
        assert isinstance(answer, Lost) or texts_of(answer) == [None]
    (answer,) = renderer.answers(_program("{{ name|upper }}"), [_render(["Ann"])])

    assert not isinstance(answer, Lost)
    assert texts_of(answer) == ["ANN"]


def test_leaving_ends_the_processes() -> None:
    """Nothing is left running."""
    with LocalRenderer() as renderer:
        list(renderer.answers(_program("{{ name }}x{{ name|upper }}"), [_render(["Ann"], 1)] * 4))
        pids = [worker.pid for worker in renderer.workers if worker.pid is not None]

    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
