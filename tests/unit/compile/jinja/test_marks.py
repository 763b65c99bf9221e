"""Whatever prints is told apart from literals, and marks cost structure at most, never a character."""

import pytest

from runner.compile.jinja.environment import CampaignEnvironment
from runner.compile.jinja.evaluate import gathered
from runner.compile.jinja.rich import Rich, pieces_of, rich_concat, structure

LIBRARY = {
    "foot.j2": "Bye {{ name }}!",
    "macros.j2": "{% macro star(x) %}*{{ x }}*{% endmacro %}",
    "base.j2": "<{% block a %}base{{ name }}{% endblock %}>",
}


def _structure(source: str) -> tuple[list[str], list[str]]:
    environment = CampaignEnvironment(LIBRARY, ["name", "tags"], marking=True)
    return structure(
        pieces_of(gathered(environment.from_string(source), {"name": "Ann", "tags": ["a", "b"]}))
    )


@pytest.mark.parametrize(
    ("source", "literals", "values"),
    [
        ("Hi {{ name }}.", ["Hi ", "."], ["Ann"]),
        ("Hi {{ 'there' }}.", ["Hi there."], []),
        ("{{ name }}{{ name }}", ["", "", ""], ["Ann", "Ann"]),
        ("{% filter upper %}a{{ name }}b{% endfilter %}", ["", ""], ["AANNB"]),
        ("{% macro m() %}a{{ name }}b{% endmacro %}{{ m() }}", ["a", "b"], ["Ann"]),
        ("{% macro m() %}a{{ name }}b{% endmacro %}{{ m()|upper }}", ["", ""], ["AANNB"]),
        ("{% set x %}a{{ name }}b{% endset %}{{ x }}", ["a", "b"], ["Ann"]),
        ("{% set x %}a{{ name }}b{% endset %}{{ x ~ '' }}", ["", ""], ["aAnnb"]),
        ("{% set x | trim %}a{{ name }}b{% endset %}{{ x }}", ["", ""], ["aAnnb"]),
        ("{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}x{{ name }}{% endcall %}", ["(x", ")"], ["Ann"]),
        ("{% include 'foot.j2' %}", ["Bye ", "!"], ["Ann"]),
        ("{% from 'macros.j2' import star %}{{ star(name) }}", ["*", "*"], ["Ann"]),
        ("a{% for t in tags %}{{ t }},{% endfor %}b", ["a", "b"], ["a,b,"]),
        ("{% for t in tags %}{{ t }}{% else %}none{% endfor %}", ["", ""], ["ab"]),
        ("{% for t in [['a']] recursive %}{{ loop(t) if t is not string else t }}{% endfor %}", ["", ""], ["a"]),
        ("{% macro m() %}{% for t in tags %}{{ t }}-{% endfor %}.{% endmacro %}{{ m() }}", ["", "."], ["a-b-"]),
        ("{% with x = name %}a{{ x }}{% endwith %}", ["a", ""], ["Ann"]),
        ("{% if name %}a{{ name }}{% endif %}", ["a", ""], ["Ann"]),
        ("{% extends 'base.j2' %}{% block a %}[{{ super() }}]{% endblock %}", ["<[base", "]>"], ["Ann"]),
        ("{% block a %}x{{ name }}{% endblock %}{{ self.a() }}", ["x", "x", ""], ["Ann", "Ann"]),
    ],
)  # fmt: skip
def test_printed_values_are_marked(source: str, literals: list[str], values: list[str]) -> None:
    """Outputs, filter and call blocks, loops, includes, captures and blocks keep literals and values apart."""
    assert _structure(source) == (literals, values)


def test_a_captured_text_behaves_like_a_text() -> None:
    """Operations on a captured text give plain text; it is equal to, hashed and printed like the text that it is."""
    environment = CampaignEnvironment({}, [], marking=True)
    rich = environment.from_string("{% macro m() %}a{{ 'b'.lower() }}{% endmacro %}{{ m() }}")
    captured = rich_concat(rich.root_render_func(rich.new_context()))

    assert type(captured) is Rich
    assert captured == "ab"
    assert {captured: 1} == {"ab": 1}
    assert type(captured + "") is str
    assert type(captured.strip()) is str
    assert str(captured) is captured
