"""Hostile templates against real workers: each ends as a located error within seconds, or is harmless."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from runner.compile.render import render
from runner.engines.local import LocalRenderer
from runner.errors import InvalidError

pytestmark = pytest.mark.slow

LIBRARY = {
    "self.j2": "x{% set t = 'self' ~ '.j2' %}{% include t %}",
    **{f"laugh{n}.j2": f"{{% include 'laugh{n + 1}.j2' %}}" * 2 for n in range(30)},
    "laugh30.j2": "{{ name }}",
}
ROW = {"name": "Ann", "amount": "12.50", "due": "2026-11-25", "count": "3", "vip": "true", "tags": "a,b"}


@pytest.fixture(scope="module")
def walled(bench: Any) -> Iterator[Any]:
    """The bench with worker processes."""
    with LocalRenderer() as renderer:
        yield replace(bench, renderer=renderer)


GROWING = "{% set ns = namespace(s=SEED) %}{% for i in range(1000) %}{% set ns.s = ns.s OP ns.s %}{% endfor %}{{ name }}"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{% if false %}{{ 'a' * 10**9 }}{% endif %}",
        "{% if false %}{{ 'x'|center(400000000) }}{% endif %}",
        "{{ '%900000000d'|format(1) }}",
        "{{ '%900000000d' % 1 }}",
        "{{ '{:>900000000}'.format(name) }}",
        "{{ name.ljust(900000000) }}",
        "{{ name|wordwrap(1) }}",
        "{{ [1, 2]|random }}",
        "{{ name.upper }}",
        "{{ lipsum() }}",
        "{{ due.today() }}",
        "{{ name.__class__ }}",
        "{{ name|attr('__class__') }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ namespace.__init__ }}",
        "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
        "{% for i in range(100000000) %}x{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in name %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
        GROWING.replace("SEED", "'ab'").replace("OP", "~"),
        GROWING.replace("SEED", "name").replace("OP", "~"),
        GROWING.replace("SEED", "'ab'").replace("OP", "+"),
        GROWING.replace("SEED", "[1]").replace("OP", "+"),
        GROWING.replace("SEED", "2").replace("OP", "*"),
        GROWING.replace("SEED", "amount").replace("OP", "*"),
        "{% set x = 'x' %}{{ x" + "".join("|replace('x', '" + "x" * 100 + "')" for _ in range(8)) + " }}",
        "{{ name" + f".replace('n', '{'n' * 100}')" * 4 + " }}",
        "{% include 'self.j2' %}",
        "{% set t = 'self' ~ '.j2' %}{% include t %}",
        "{% include 'laugh0.j2' %}",
        "{% for x in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "[" * 300 + "]" * 300 + " }}",
        "{{ 1" + "+1" * 5000 + " }}",
        "{{ " + "not " * 5000 + "1 }}",
        "{{ name" + "|upper" * 3000 + " }}",
        "{{ 9" + "9" * 5000 + " }}",
        "x{{ name }}" * 6000,
        "{{ due|date('%900000000d') }}",
        "{{ amount|money(900000000) }}",
    ],
)
def test_an_attack_ends_as_a_located_error(walled: Any, source: str) -> None:
    """Within six seconds, with the place, whether it strikes while compiling or while rendering."""
    began = time.monotonic()

    with pytest.raises(InvalidError) as caught:
        _rendered(walled, source)

    assert time.monotonic() - began < 6
    assert caught.value.problems[0].where is not None


def _rendered(walled: Any, source: str) -> None:
    program = walled.program(source, templates=LIBRARY)
    render(walled.people([ROW]), program, walled.renderer)


def test_two_processes_find_and_render_the_same(bench: Any) -> None:
    """Nothing depends on a process' hash seed: programs and texts are equal in fresh workers."""
    source = "{% set q %}{{ name }}{{ city }}{% endset %}{{ q }}{{ amount|money }}{% if vip or due %}{{ {'b': 1, 'a': 2}|join }}{% endif %}"  # fmt: skip
    found = []
    for _ in range(4):
        with LocalRenderer(workers=1) as renderer:
            one = replace(bench, renderer=renderer)
            program = one.program(source)
            found.append((program, render(one.people([ROW]), program, renderer).rows()))

    assert found[1:] == found[:-1]
