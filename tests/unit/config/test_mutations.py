"""Campaign files that somebody broke: whatever is missing, misspelt or of another kind, the answer is `InvalidError`."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import InvalidError, Problem

PathTo = tuple[str | int, ...]
EXAMPLE = tomllib.loads((Path(__file__).parent / "good" / "overdue.toml").read_text(encoding="utf-8"))


def paths(value: object, base: PathTo = ()) -> list[PathTo]:
    """Return the path of every key and element in *value*."""
    found: list[PathTo] = []
    pairs: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in pairs:
        found += [(*base, key), *paths(inner, (*base, key))]
    return found


def copied(value: Any) -> Any:
    """Return a deep copy of what TOML can hold."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


VALUES = st.one_of(
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 3)),
    st.sampled_from(
        [
            "",
            "@",
            "@x",
            "@collections",
            "tts",
            "audio",
            "uploaded",
            "40s",
            "99d",
            "0s",
            "key",
            "IN",
            "..",
            "é",
        ]
    ),
    st.sampled_from(
        [[], {}, [1], ["IN"], {"column": "lang"}, {"column": 1}, {"a": {"b": []}}, [{}], [{"from": 1}]]
    ),
    st.dates(),
    st.datetimes(),
    st.times(),
)

KEYS = st.sampled_from(sorted({str(path[-1]) for path in paths(EXAMPLE)})) | st.text(
    st.characters(codec="utf-8", exclude_categories=["C"]), max_size=5
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Make a copy of the example with one to four keys deleted, renamed, moved in or replaced."""
    data: dict[str, Any] = copied(EXAMPLE)
    for _ in range(draw(st.integers(1, 4))):
        known = paths(data)
        if not known:
            break
        path = draw(st.sampled_from(known))
        parent: Any = data
        for part in path[:-1]:
            parent = parent[part]
        action = draw(st.sampled_from(["delete", "rename", "replace", "add"]))
        if action == "delete":
            del parent[path[-1]]
        elif action == "replace":
            parent[path[-1]] = copied(draw(VALUES))
        elif isinstance(parent, dict):
            key = draw(KEYS)
            parent[key] = parent.pop(path[-1]) if action == "rename" else copied(draw(VALUES))
    return data


def write_value(value: Any) -> str:
    """Return *value* as inline TOML, so that any mixture of kinds can be written."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{toml_key(key)} = {write_value(inner)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(write_value(inner) for inner in value) + "]"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    if isinstance(value, str):
        return toml_key(value)
    return str(value.isoformat())


def toml_key(text: str) -> str:
    """Return *text* in quotes."""
    return json.dumps(text, ensure_ascii=False)


@given(mutated(), st.sampled_from(["sandbox", "production"]), st.booleans())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_broken_campaigns_are_only_ever_invalid(
    root: Any, data: dict[str, Any], environment: str, need_audience: bool
) -> None:
    """A mutated example loads or raises `InvalidError`, whose every problem has a place in the file and a sentence."""
    root.campaign("".join(f"{toml_key(key)} = {write_value(value)}\n" for key, value in data.items()))
    root.write("campaigns/environments.toml", '[production.names]\ncollections = "x"\njingle = "y"\n')

    problems: tuple[Problem, ...] | None = None
    try:
        root.load(environment=environment, need_audience=need_audience)
    except InvalidError as error:
        problems = error.problems

    assert problems is None or problems
    for problem in problems or ():
        assert problem.message
        assert problem.where is not None
        assert problem.where.line is not None
        assert problem.where.text is not None


KEYS_OF_THE_EXAMPLE = [
    path
    for path in paths(EXAMPLE)
    if isinstance(path[-1], str) and path[:-1] != ("audience", "types")  # names of columns are free
]


@pytest.mark.parametrize("path", KEYS_OF_THE_EXAMPLE, ids=str)
def test_misspelt_key_is_found(root: Any, path: PathTo, marked: Callable[[Any], str]) -> None:
    """Each key of the example, with a letter too many, is unknown where it stands, and the right one is suggested."""
    data = copied(EXAMPLE)
    parent: Any = data
    for part in path[:-1]:
        parent = parent[part]
    key = str(path[-1])
    parent[f"{key}x"] = parent.pop(key)
    root.campaign("".join(f"{toml_key(name)} = {write_value(value)}\n" for name, value in data.items()))

    unknown = [problem for problem in root.problems() if problem.code == "unknown-key"]

    assert [marked(problem) for problem in unknown] == [f'"{key}x"']
    assert unknown[0].hint is not None
    assert f"`{key}`" in unknown[0].hint
