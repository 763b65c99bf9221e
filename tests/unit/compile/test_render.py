"""Rendering by columns: what it asks of the workers, and how it names what fails."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from runner.compile.render import render, render_plain
from runner.errors import InvalidError
from runner.frames import OWN_PREFIX, text
from runner.ports import LostReason


def _texts(bench: Any, source: str, rows: list[dict[str, str | None]], **templates: str) -> list[str]:
    program = bench.program(source, templates={name + ".j2": body for name, body in templates.items()})
    return render(bench.people(rows), program, bench.renderer)[text(0)].to_list()


TWO: list[dict[str, str | None]] = [
    {"name": "Ann", "amount": "12.50", "tags": "a,b"},
    {"name": "Bob", "amount": "2000.00", "tags": "c"},
]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("Hi {{ name }}", ["Hi Ann", "Hi Bob"]),
        ("{% if amount > 100 %}{{ name }} owes much{% endif %}", ["", "Bob owes much"]),
        ("{% set x = name|upper %}{{ x }}{{ x }}", ["ANNANN", "BOBBOB"]),
        ("{% if amount > 100 %}{% set x = 'a' %}{% else %}{% set x = 'b' %}{% endif %}{{ x }}", ["b", "a"]),
        ("{% set x = 'b' %}{% if amount > 100 %}{{ x }}{% set x = 'a' %}{% endif %}{{ x }}", ["b", "ba"]),
        ("{% macro m() %}{{ x }}{% endmacro %}{% set x = name %}{{ m() }}{% set x = 1 %}{{ m() }}", ["Ann1", "Bob1"]),
        ("{% set q %}<{{ name }}>{% endset %}{{ q }}", ["<Ann>", "<Bob>"]),
        ("{% for t in tags.split(',') %}{{ loop.index }}{{ t }}{{ name[0] }}{% endfor %}", ["1aA2bA", "1cB"]),
        ("{% set name = name ~ '!' %}{{ name }}", ["Ann!", "Bob!"]),
        ("{% set ns = namespace(n=0) %}{% for t in tags.split(',') %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", ["2", "1"]),
        ("{% with x = name %}{% include 'inner.j2' %}{% endwith %}", ["AnnAnn", "BobBob"]),
        ("{% for x in [1, 2] %}{% include 'inner.j2' %}{% endfor %}", ["1Ann2Ann", "1Bob2Bob"]),
    ],
)  # fmt: skip
def test_each_row_gets_its_own_text(bench: Any, source: str, texts: list[str]) -> None:
    """Branches, assignments, late binding, loops, namespaces and includes give what they give row by row."""
    assert _texts(bench, source, TWO, inner="{{ x }}{{ name }}") == texts


def test_inheritance_starts_anew_with_every_row(bench: Any) -> None:
    """Blocks of one row are not added to those of the next."""
    source = "{% extends 'base.j2' %}{% block a %}[{{ super() }}]{% endblock %}"

    texts = _texts(bench, source, [*TWO, *TWO], base="<{% block a %}{{ name }}{% endblock %}>")

    assert texts == ["<[Ann]>", "<[Bob]>"] * 2


def test_what_one_row_assigns_no_other_row_sees(bench: Any) -> None:
    """A name that only some rows assign stays undefined for the others, wherever they stand."""
    rows: list[dict[str, str | None]] = [
        {"name": "Ann", "vip": "true"},
        {"name": "Bob", "vip": "false"},
        {"name": "Cid", "vip": "true"},
    ]

    with pytest.raises(InvalidError) as caught:
        _texts(bench, "{% if vip %}{% set x = name %}{% endif %}{{ x }}", rows)

    assert [problem.message for problem in caught.value.problems] == ["voice: `x` is not defined (row 2)"]


def test_failures_name_rows_and_lines_and_no_value(bench: Any) -> None:
    """The first twenty rows by number, the line of the template, and what is wrong."""
    rows: list[dict[str, str | None]] = [{"name": f"canary{n}", "due": None} for n in range(30)]
    program = bench.program("Hi {{ name }},\n{{ due|date }}")

    with pytest.raises(InvalidError) as caught:
        render(bench.people(rows), program, bench.renderer)

    (problem,) = caught.value.problems
    shown = ", ".join(str(row) for row in range(1, 21))
    assert problem.message == f"voice: line 2 of the text: the column `due` is empty (rows {shown} and more)"
    assert problem.code == "undefined"


def test_all_failures_are_told_at_once(bench: Any) -> None:
    """Two texts that fail on different rows are two problems."""
    rows: list[dict[str, str | None]] = [{"amount": "1.00"}, {"due": "2026-11-25"}]
    program = bench.program("{{ due|date }}", "{{ amount|money }}")

    with pytest.raises(InvalidError) as caught:
        render(bench.people(rows), program, bench.renderer)

    assert [problem.message for problem in caught.value.problems] == [
        "voice: the column `due` is empty (row 2)",
        "sms: the column `amount` is empty (row 1)",
    ]


def test_a_failure_in_an_arm_concerns_only_rows_that_take_it(bench: Any) -> None:
    """What a row never reaches cannot fail it."""
    rows: list[dict[str, str | None]] = [{"name": "Ann", "due": "2026-11-25"}, {"name": ""}]

    assert _texts(bench, "{% if name %}{{ due|date }}{% else %}{{ name }}-{% endif %}", rows) == [
        "2026-11-25",
        "-",
    ]


def test_an_assignment_that_nobody_uses_still_fails(bench: Any) -> None:
    """Plain Jinja2 would fail on it, so the row fails."""
    with pytest.raises(InvalidError, match="division by zero"):
        _texts(bench, "{% set x = amount / count %}Hi", [{"amount": "1.00", "count": "0"}])


def test_a_unit_is_rendered_once_per_distinct_combination(bench: Any) -> None:
    """A thousand rows with two amounts ask for two renderings, in however many texts it occurs."""
    rows: list[dict[str, str | None]] = [{"amount": "1.00" if n % 2 else "2.00"} for n in range(1000)]
    program = bench.program("{{ amount|money }}", "Pay {{ amount|money }}")
    bench.renderer.requests.clear()

    render(bench.people(rows), program, bench.renderer)

    assert [request["rows"] for request in bench.renderer.requests] == [2]


def test_a_text_column_printed_bare_is_not_rendered(bench: Any) -> None:
    """The column is the result; missing texts are empty."""
    program = bench.program("{{ name }}")
    bench.renderer.requests.clear()

    rendered = render(bench.people([{"name": "Ann"}, {}]), program, bench.renderer)

    assert rendered[text(0)].to_list() == ["Ann", ""]
    assert bench.renderer.requests == []


def test_columns_of_the_audience_are_dropped(bench: Any) -> None:
    """What leaves has columns of ours only, those of the people first."""
    people = bench.people(TWO)

    rendered = render(people, bench.program("{{ name|upper }}"), bench.renderer)

    assert all(column.startswith(OWN_PREFIX) for column in rendered.columns)
    assert rendered.columns[:4] == people.columns[:4]


def test_typed_columns_may_come_as_polars_types(bench: Any) -> None:
    """Dates, booleans and integers have one canonical text."""
    people = bench.people([{"name": "Ann"}]).with_columns(
        due=pl.lit("2026-11-25").str.to_date(), vip=pl.lit(value=True), count=pl.lit(7)
    )
    program = bench.program("{{ due|date('%e.%n.') }}{% if vip %}!{% endif %}{{ count + 1 }}")

    assert render(people, program, bench.renderer)[text(0)].to_list() == ["25.11.!8"]


def test_nobody_is_rendered_too(bench: Any) -> None:
    """An empty frame gives an empty frame with all columns."""
    program = bench.program("{{ name|upper }}{% if vip %}{{ amount }}{% endif %}")

    rendered = render(bench.people([]), program, bench.renderer)

    assert rendered.height == 0
    assert text(0) in rendered.columns


def test_plain_rendering_is_row_by_row(bench: Any) -> None:
    """The texts of chosen rows by number of the text, by the stock code generator."""
    program = bench.program("Hi {{ name }}", "{{ amount|money }}")

    assert render_plain(bench.people(TWO), program, bench.renderer) == {
        0: ["Hi Ann", "Hi Bob"],
        1: ["12.50", "2,000.00"],
    }


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (LostReason.TIME, "render-time"),
        (LostReason.MEMORY, "render-memory"),
        (LostReason.DIED, "render-died"),
    ],
)
def test_a_row_that_ends_its_process_is_named(
    losing: Callable[[str, LostReason], Any], reason: LostReason, code: str
) -> None:
    """The batch is tried once more row by row, and the row at which it is lost again is told."""
    bench = losing("bad", reason)
    rows: list[dict[str, str | None]] = [{"name": f"n{n}"} for n in range(600)]
    rows[417] = {"name": "bad"}
    program = bench.program("{{ name|upper }}")

    with pytest.raises(InvalidError) as caught:
        render(bench.people(rows), program, bench.renderer)

    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.message.endswith("(row 183)")
