"""Forms: what is one value, what is opened, and that pieces compose to the text."""

from typing import Any

import polars as pl
import pytest

from runner.compile.form import Form, FormText, Hole
from runner.compile.render import render
from runner.compile.shape import FormRegistry, ShapeStats, shape, shape_stats
from runner.frames import FORM

LONG = "Please visit a branch within fourteen days."
FOOT = {"foot.j2": "Regards from your bank manager {{ name }}."}


def _shaped(
    bench: Any, source: str, rows: list[dict[str, str | None]]
) -> tuple[pl.DataFrame, list[FormText]]:
    program = bench.program(source, templates=FOOT)
    rendered = render(bench.people(rows), program, bench.renderer)
    forms = FormRegistry()
    shaped = shape(rendered, program, shape_stats(rendered, program), forms)
    return shaped, [form.texts[0][1] for form in forms.forms]


def _outline(form: FormText) -> str:
    return "".join("{" + piece.expression + "}" if isinstance(piece, Hole) else piece for piece in form)


TWO: list[dict[str, str | None]] = [
    {"name": "Ann", "vip": "true", "tags": "a,b"},
    {"name": "Bob", "vip": "false", "tags": "c"},
]


@pytest.mark.parametrize(
    ("source", "outlines"),
    [
        ("Hi {{ name }}!", ["Hi {name}!"]),
        ("a{% if vip %} gold{% else %} blue{% endif %}z", ["a{if vip}z"]),
        ("a{% if vip %}Dear {{ name }}{% endif %}z", ["a{if vip}z"]),
        ("a{% if vip %}same{% else %}same{% endif %}z", ["asamez"]),
        ("a{% if vip %}{% endif %}z", ["az"]),
        ("{% if vip %}" + LONG + "{% else %}-{% endif %}", [LONG, "-"]),
        ("{% if vip %}" + LONG + "{{ name }}{% endif %}", [LONG + "{name}", ""]),
        ("{% if vip %}{{ name }}" + LONG + "{% if name %}!{% endif %}{% endif %}", ["{name}" + LONG + "{if name}", ""]),
        ("{% include 'foot.j2' %}", ["Regards from your bank manager {include 'foot.j2'}."]),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(name) }}", ["{m(name)}"]),
        ("{% macro m(x) %}" + LONG + "{{ x }}{% endmacro %}{{ m(name) }}", [LONG + "{m(name)}"]),
        ("{% for t in tags.split(',') %}" + LONG + "{{ t }}{% endfor %}", ["{for t in tags.split(',')}"]),
        ("{% set name = name ~ '!' %}" + LONG + "{{ name }}", [LONG + "{the whole text}"]),
    ],
)  # fmt: skip
def test_what_never_exceeds_a_slot_is_one_value(bench: Any, source: str, outlines: list[str]) -> None:
    """Loops and what has at most 30 units on every row are one value; longer branches and composites are opened."""
    _, forms = _shaped(bench, source, TWO)

    assert sorted(map(_outline, forms)) == sorted(outlines)


def test_one_long_row_opens_a_branch_for_all(bench: Any) -> None:
    """The lengths of all ranges decide, so it does not matter in which range the long row is."""
    program = bench.program("{% if vip %}Dear {{ name }}{% else %}Hello{% endif %}")
    short = render(bench.people([{"name": "Ann", "vip": "true"}]), program, bench.renderer)
    long = render(bench.people([{"name": "A" * 30, "vip": "true"}]), program, bench.renderer)

    stats = shape_stats(short, program) + shape_stats(long, program)

    assert stats == shape_stats(long, program) + shape_stats(short, program)
    assert stats == ShapeStats(branches=(35,), units=(0, 0))
    forms = FormRegistry()
    shape(short, program, stats, forms)
    assert [_outline(form.texts[0][1]) for form in forms.forms] == ["Dear {name}"]


def test_lengths_are_utf16_units(bench: Any) -> None:
    """An emoji counts two, so sixteen of them are too long for a slot."""
    _, forms = _shaped(bench, "{% if name %}{{ name }}{% endif %}", [{"name": "😀" * 16}])

    assert [_outline(form) for form in forms] == ["{name}"]


def test_a_hole_is_null_where_its_form_does_not_use_it(bench: Any) -> None:
    """Values of a column that another text's arm prints are not left in rows without that hole."""
    shaped, forms = _shaped(bench, "{% if vip %}" + LONG + "{{ name }}{% else %}-{% endif %}", TWO)

    (hole,) = [piece.column for form in forms for piece in form if isinstance(piece, Hole)]
    assert shaped[hole].to_list() == ["Ann", None]


def test_holes_say_where_they_come_from(bench: Any) -> None:
    """Expression and line of the template, for messages about slots."""
    _, ((_, hole, _),) = _shaped(bench, "Hi\n{{ name | upper }}!", TWO)

    assert isinstance(hole, Hole)
    assert (hole.expression, hole.path, hole.line) == ("name | upper", "", 2)


def test_the_same_value_in_two_texts_is_one_hole(bench: Any) -> None:
    """Voice and SMS share what they print alike."""
    program = bench.program("Hi {{ name }}", "Dear {{ name }}")
    rendered = render(bench.people(TWO), program, bench.renderer)
    forms = FormRegistry()

    shape(rendered, program, shape_stats(rendered, program), forms)

    hole = Hole(column="@hole0", expression="name", path="", line=1)
    assert forms.forms == (Form(((0, ("Hi ", hole)), (1, ("Dear ", hole)))),)


def test_forms_are_numbered_once_over_all_ranges(bench: Any) -> None:
    """A form that a later range has again keeps its number."""
    program = bench.program("{% if vip %}" + LONG + "{% else %}-{% endif %}")
    rendered = render(bench.people(TWO), program, bench.renderer)
    stats, forms = shape_stats(rendered, program), FormRegistry()

    first = shape(rendered, program, stats, forms)
    second = shape(rendered[::-1], program, stats, forms)

    assert second[FORM].to_list() == first[FORM].to_list()[::-1]
    assert len(forms.forms) == 2
