"""What `analyse` finds wrong, where it says so, and what it makes of what is right."""

from typing import Any

import pytest

from runner.compile.program import Branch, Literal, Program, Value, analyse
from runner.errors import InvalidError, Problem

FOOT = {"foot.j2": "Regards {{ name }}"}


def _problems(bench: Any, source: str, templates: dict[str, str] | None = None) -> tuple[Problem, ...]:
    text = bench.text(source, name="overdue.j2")
    with pytest.raises(InvalidError) as caught:
        analyse([text], templates or {}, bench.columns, bench.renderer)
    return caught.value.problems


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        ("Hi\n{{ name ! }}", "template-syntax", "2:9"),
        ("Hi\n{% if vip %}{% if name %}a{% endif %}\nHi", "template-syntax", "2:4"),
        ("Hi {% frobnicate %}", "template-syntax", "1:7"),
        ("Hi {{ name name }}", "template-syntax", "1:7"),
        ("a\nb {{ nmae }}", "unknown-variable", "2:6"),
        ("{{ row['Due Date'] }}", "unknown-variable", "1:9"),
        ("{{ row[name] }}", "bad-row", "1:4"),
        ("{{ row }}", "bad-row", "1:4"),
        ("{% for row in [1] %}{% endfor %}", "bad-row", "1:8"),
        ("{{ name|uper }}", "unknown-filter", "1:9"),
        ("{% if false %}{{ name|center(9) }}{% endif %}", "unknown-filter", "1:23"),
        ("{{ name is sameas name }}", "unknown-test", "1:12"),
        ("{% include 'foo.j2' %}", "unknown-template", "1:13"),
        ("{% include 'foot.j2' without context %}", "include-without-context", "1:22"),
        ("{% if false %}{{ 'a' * 10 }}{% endif %}", "forbidden-operator", "1:22"),
        ("{{ '%9d' % 1 }}", "forbidden-operator", "1:10"),
        ("{{ count ** 2 }}", "forbidden-operator", "1:10"),
        ("{% for i in range(10000) %}{% endfor %}", "too-long", "1:13"),
        ("{{ name.__class__ }}", "forbidden-attribute", "1:9"),
        ("{{ name.format(1) }}", "forbidden-method", "1:9"),
        ("{{ none }}", "unprintable", "1"),
        ("\n\n{{ [1, 2]|upper }}", "unprintable", "3"),
        ("{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}", "too-many-steps", "1"),
        ("{{ '\\ud800' }}", "lone-surrogate", "1:5"),
        ("{{ 1 if none[1:] else 2 }}", "failed-operation", "1"),
        ("{% if none[1:] %}{{ name }}{% endif %}", "failed-operation", "1"),
        ("{{ _row_1 }}", "template-syntax", "1:4"),
        ("x" * 65_537, "template-limit", "1"),
        ("{{ " + "(" * 999 + "1" + ")" * 999 + " }}", "template-limit", "1"),
        ("{% if vip %}" * 120 + "{% endif %}" * 120, "template-limit", "1"),
        ("{% for i in [1] %}" * 30 + "{% endfor %}" * 30, "template-limit", "1"),
    ],
)  # fmt: skip
def test_faults_are_located(bench: Any, source: str, code: str, place: str) -> None:
    """Each fault has a code, the file, the line, and the column where it can be found in the source."""
    problem = _problems(bench, source, FOOT)[0]

    assert problem.code == code
    assert str(problem.where) == f"templates/overdue.j2:{place}"


def test_all_faults_are_told_at_once(bench: Any) -> None:
    """Two forbidden filters on two lines are two problems."""
    problems = _problems(bench, "{{ name|random }}\n{{ name|tojson }}")

    assert [str(problem.where) for problem in problems] == [
        "templates/overdue.j2:1:9",
        "templates/overdue.j2:2:9",
    ]


def test_the_nearest_column_is_suggested(bench: Any) -> None:
    """A misspelt column has the right one as its hint, written so that it can be used."""
    assert _problems(bench, "{{ amuont }}")[0].hint == "did you mean `amount`?"
    assert _problems(bench, "{{ due_date }}")[0].hint == "did you mean row['Due date']?"


def test_a_column_with_a_reserved_name_is_reached_through_row(bench: Any) -> None:
    """`range` is Jinja2's own; the column of that name is `row['range']`."""
    assert bench.program("{{ row['range'] }}").columns_read == ("range",)
    assert bench.program("{{ range(3)|join }}").columns_read == ()


def test_the_line_is_shown_with_a_caret(bench: Any) -> None:
    """The place has the text of the line, and how much of it is meant."""
    where = _problems(bench, "Hi\nDear {{ nmae }},\nBye")[0].where

    assert where is not None
    assert (where.text, where.column, where.length) == ("Dear {{ nmae }},", 9, 4)


def test_an_inline_text_is_placed_in_the_campaign_file(bench: Any) -> None:
    """The place is that of the text, and the message names the line in it."""
    with pytest.raises(InvalidError) as caught:
        bench.program("Hi\n{{ nmae }}")

    (problem,) = caught.value.problems
    assert str(problem.where) == "campaigns/overdue.toml:12:8"
    assert problem.message == "line 2 of the text: the audience has no column `nmae`"


def test_faults_of_an_included_template_are_its_own(bench: Any) -> None:
    """The file that is wrong is named, not the one that includes it."""
    (problem,) = _problems(bench, "{% include 'foot.j2' %}", {"foot.j2": "\n{{ nmae }}"})

    assert str(problem.where) == "templates/foot.j2:2:4"


def test_an_unrelated_broken_template_is_no_problem(bench: Any) -> None:
    """Only what a text reaches is parsed."""
    assert bench.program("Hi", templates={"other.j2": "{% if"}).columns_read == ()


def test_a_template_that_includes_itself_is_refused(bench: Any) -> None:
    """A cycle of includes is found before it is rendered."""
    templates = {"a.j2": "{% include 'b.j2' %}", "b.j2": "{% include 'a.j2' %}"}

    assert _problems(bench, "{% include 'a.j2' %}", templates)[0].code == "template-limit"


def test_an_imported_template_does_not_see_columns(bench: Any) -> None:
    """A macro gets values as arguments; a column that it names is unknown to it."""
    (problem,) = _problems(
        bench, "{% from 'm.j2' import m %}{{ m() }}", {"m.j2": "{% macro m() %}{{ name }}{% endmacro %}"}
    )

    assert str(problem.where) == "templates/m.j2:1:19"
    assert problem.hint == "Pass the value to the macro."


def test_a_name_that_some_branch_assigns_is_not_unknown(bench: Any) -> None:
    """It may be undefined for some rows, which is told with those rows."""
    program = bench.program("{% if vip %}{% set x = 1 %}{% endif %}{{ x }}")

    assert program.columns_read == ("vip",)


def _only(program: Program) -> tuple[object, ...]:
    return program.texts[0].parts


def test_a_template_is_split_into_literals_values_and_branches(bench: Any) -> None:
    """Values and selectors are units with the columns that they read; the arms are split in turn."""
    program = bench.program("Hi {{ name }}{% if amount > 9 %}, {{ due|date }}{% else %}.{% endif %}")

    name, selector, due = program.units
    assert _only(program) == (
        Literal("Hi "),
        Value(0),
        Branch(
            number=0,
            selector=1,
            arms=((Literal(", "), Value(2)), (Literal("."),)),
            template="@text0",
            line=1,
            expression="if amount > 9",
        ),
    )
    assert name.is_column
    assert [unit.columns for unit in (name, selector, due)] == [("name",), ("amount",), ("due",)]
    assert due.expression == "due|date"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 'a' ~ 1 }}b", "a1b"),
        ("{% set bank = 'Old Bank' %}{{ bank }}!", "Old Bank!"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", "012"),
        ("{% include 'fixed.j2' %}.", "12 High Street."),
        ("{% if true %}a{% else %}{{ name }}{% endif %}", "a"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('a') }}", "<a>"),
        ("{# nothing #}", ""),
        ("a\n", "a"),
    ],
)
def test_what_no_column_changes_is_a_literal(bench: Any, source: str, text: str) -> None:
    """Constants of any make are rendered once and take no slot."""
    program = bench.program(source, templates={"fixed.j2": "12 High Street"})

    assert _only(program) == ((Literal(text),) if text else ())


@pytest.mark.parametrize(
    ("source", "columns"),
    [
        ("{% set x = name %}{{ x }}", {"name"}),
        ("{% set x %}{{ name }}{% endset %}{{ x }}", {"name"}),
        ("{% macro m() %}{{ x }}{% endmacro %}{% set x = name %}{{ m() }}", {"name"}),
        ("{% include 'foot.j2' %}", {"name"}),
        ("{% include 'foot.j2' %}{{ amount }}", {"name", "amount"}),
        ("{{ row['Due date'] }}", {"Due date"}),
        ("{{ row.due }}", {"due"}),
        ("{% if vip %}{% endif %}", {"vip"}),
        ("{% set unused = due %}", {"due"}),
        ("{% set t = 'foot.j2' %}{% include t %}", None),
    ],
)
def test_columns_read(bench: Any, source: str, columns: set[str] | None) -> None:
    """Through assignments, macros that bind late, includes and `row`; a computed include may read them all."""
    program = bench.program(source, templates=FOOT)

    assert set(program.columns_read) == (set(bench.columns) if columns is None else columns)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{% extends 'base.j2' %}", "inheritance"),
        ("{% block a %}{% endblock %}", "inheritance"),
        ("{% set ns = namespace(n=1) %}{{ ns.n }}", "`namespace`"),
        ("{% set name = 'x' %}{{ name }}", "the assignment to `name`"),
        ("{% set range = 'x' %}{{ range }}", "the assignment to `range`"),
        ("{% set t = 'foot.j2' %}{% include t %}", "a computed `include`"),
        ("{% import 'foot.j2' as f with context %}", "an import with context"),
        ("{% autoescape true %}{{ name }}{% endautoescape %}", "`autoescape`"),
    ],
)
def test_what_cannot_be_split_is_slow_and_said_so(bench: Any, source: str, why: str) -> None:
    """Such a text is rendered whole for each row, and a warning names the reason."""
    program = bench.program(source, templates={**FOOT, "base.j2": "{% block a %}{{ name }}{% endblock %}"})

    assert program.texts[0].slow == why
    assert program.warnings == (f"voice: rendered row by row, about ten times slower, because of {why}",)


def test_texts_share_what_they_have_in_common(bench: Any) -> None:
    """The same expression in two texts is one unit, and so is the same branch."""
    source = "{{ amount|money }}{% if vip %}!{% endif %}"
    program = bench.program(source, "For you: " + source)

    assert len(program.units) == 2
