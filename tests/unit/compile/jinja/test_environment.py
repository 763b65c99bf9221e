"""Plain Jinja2 as this project has it: what prints, what is decimal, what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError

from runner.compile.jinja.environment import MAX_STEPS, CampaignEnvironment
from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.values import converted, text_of

VALUES = {"name": "Ann", "amount": Decimal("99.99"), "due": date(2026, 11, 25), "count": 7, "vip": True}


def _render(source: str) -> str:
    return CampaignEnvironment({"x.j2": "x"}, []).from_string(source).render(VALUES)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ amount }} {{ due }} {{ count }}", "99.99 2026-11-25 7"),
        ("{% if amount == 99.99 %}yes{% endif %}", "yes"),
        ("{{ amount * 1.1 }}", "109.989"),
        ("{{ 1.5 }} {{ 0.1 + 0.2 }}", "1.5 0.3"),
        ("{{ count / 2 }} {{ count // 2 }} {{ count % 4 }}", "3.5 3 3"),
        ("{{ -amount }}", "-99.99"),
        ("{{ name ~ amount ~ due }}", "Ann99.992026-11-25"),
        ("{{ 'x' if not vip }}", ""),
        ("{{ ('x' if not vip) ~ 'y' }}", "y"),
        ("{{ name.replace('n', 'm') }} {{ ', '.join(['a', 'b']) }}", "Amm a, b"),
        ("{{ due.year }}-{{ due.month }}", "2026-11"),
        ("{% filter length %}abc{% endfilter %}", "3"),
        ("{{ [1, 2, 3][1:]|join('+') }}", "2+3"),
        ("{% for i in range(3) %}{{ loop.index }}{{ '' if loop.last else ',' }}{% endfor %}", "1,2,3"),
        ("{{ {'a': 'b'}.a }}{{ {'a': 'b'}['a'] }}", "bb"),
        ("{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}", "2"),
        ("{{ 'a' + 'b' }}", "ab"),
    ],
)
def test_what_prints(source: str, text: str) -> None:
    """Texts, integers, finite decimals and dates print; fractions are decimals everywhere."""
    assert _render(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ none }}", "{{ vip }}", "{{ true }}", "{{ [1] }}", "{{ {} }}", "{{ name.upper }}", "{{ range }}",
        "{{ none ~ 'x' }}", "{{ vip ~ 'x' }}", "{{ [none]|join }}", "{{ none|upper }}", "{{ vip|string }}",
        "{% filter upper %}{{ none }}{% endfilter %}", "{{ 'a' * 3 }}", "{{ 3 * 'a' }}", "{{ [1] * 3 }}",
        "{{ 2 ** 3 }}", "{{ '%s' % name }}", "{{ amount * name }}", "{{ range(1001)|length }}",
        "{% macro m() %}{% endmacro %}{{ m }}",
    ],
)  # fmt: skip
def test_what_is_refused(source: str) -> None:
    """`finalize` alone misses `~`, join and filter blocks; they refuse the same things."""
    with pytest.raises(Refused):
        _render(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ name.__class__ }}", "{{ name['__class__'] }}", "{{ name.format(1) }}", "{{ name.format_map({}) }}",
        "{{ name.ljust(9) }}", "{{ name.encode() }}", "{{ due.today() }}", "{{ due.strftime('%Y') }}",
        "{{ amount.quantize(1) }}", "{{ dict.fromkeys('ab') }}", "{{ [1].append(2) }}", "{{ {}.update({}) }}",
        "{% macro m() %}{% endmacro %}{{ m.arguments }}", "{% import 'x.j2' as x %}{{ x.__name__ }}",
        "{% for i in [1] %}{{ loop._iterable }}{% endfor %}", "{% macro m() %}{% endmacro %}{{ m._func() }}",
    ],
)  # fmt: skip
def test_what_is_out_of_reach(source: str) -> None:
    """Attributes are on an allow-list by type; `str.format` is not on it."""
    with pytest.raises((SecurityError, UndefinedError)):
        _render(source)


@pytest.mark.parametrize("name", ["lipsum", "cycler", "joiner", "random", "today", "now"])
def test_no_global_depends_on_chance_or_clock(name: str) -> None:
    """What a plan shows is a function of its inputs."""
    with pytest.raises(UndefinedError):
        _render("{{ " + name + "() }}")


def test_steps_are_counted_in_plain_jinja2_too() -> None:
    """Loops within loops end after so many turns, and a macro that calls itself after so many calls."""
    assert MAX_STEPS == 100_000
    with pytest.raises(Refused, match="100,000"):
        _render("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}")
    with pytest.raises(Refused, match="100,000"):
        _render("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}")


def test_missing_values() -> None:
    """A missing text is empty; a missing value of another type is undefined, which only tests and defaults take."""
    environment = CampaignEnvironment({}, [])
    (text,), (amount,) = converted([None], "text"), converted([None], "decimal")

    assert environment.from_string("[{{ x }}]").render(x=text) == "[]"
    assert environment.from_string("{{ x|default('-') }}").render(x=amount) == "-"
    assert environment.from_string("{% if x is defined %}!{% endif %}").render(x=amount) == ""
    with pytest.raises(UndefinedError):
        environment.from_string("{{ x }}").render(x=amount)


def test_numbers_that_nobody_reads_out() -> None:
    """NaN, infinities and numbers of a hundred digits are no texts."""
    for value in (Decimal("NaN"), Decimal("Infinity"), Decimal("1E+90"), Decimal("1E-90"), 10**90):
        with pytest.raises(Refused):
            text_of(value)


def test_an_include_is_found_in_the_given_templates_only() -> None:
    """There is no loader that reads files, so no link can be followed."""
    environment = CampaignEnvironment({"foot.j2": "bye"}, [])

    assert environment.from_string("{% include 'foot.j2' %}").render() == "bye"
    with pytest.raises(TemplateNotFound):
        environment.from_string("{% include '../etc/passwd' %}").render()
