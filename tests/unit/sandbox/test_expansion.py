"""Putting variables into texts, and the silent cut."""

import re

from hypothesis import given
from hypothesis import strategies as st

from runner.sandbox.expansion import cut, expand, slots_in, units


def test_ten_variables_are_known() -> None:
    """text1 to text10 are variables; text0, text11 and other spellings are literal text."""
    template = "${text1} ${text10} ${text0} ${text11} ${TEXT1} ${ text1 } ${foo} $text1 {text1}"

    assert slots_in(template) == {1, 10}
    assert (
        expand(template, {1: "a", 10: "b"})
        == "a b ${text0} ${text11} ${TEXT1} ${ text1 } ${foo} $text1 {text1}"
    )


def test_a_bare_dollar_survives() -> None:
    """The quick start's own text has a price in dollars."""
    assert expand("loan of $1,200 via ${text1}.", {1: "x"}) == "loan of $1,200 via x."


def test_a_dollar_before_a_variable_is_text_or_an_escape() -> None:
    """By default the dollar stays and the variable is replaced; with escapes the placeholder is said aloud."""
    assert expand("Pay $${text1}", {1: "5"}) == "Pay $5"
    assert expand("Pay $${text1}", {1: "5"}, dollar_escape=True) == "Pay ${text1}"
    assert slots_in("Pay $${text1}", dollar_escape=True) == frozenset()
    assert expand("$$${text1}", {1: "5"}, dollar_escape=True) == "$${text1}"


def test_variables_inside_values() -> None:
    """A placeholder in a value stays by default and is replaced once more by a switch."""
    values = {1: "<${text2}>", 2: "b"}

    assert expand("${text1}", values) == "<${text2}>"
    assert expand("${text1}", values, nested=True) == "<b>"
    assert expand("${text1}", {1: "${text1}"}, nested=True) == "${text1}"


def test_the_cut_keeps_thirty_characters() -> None:
    """The link of the quick start's example has 40 characters; 30 of them are left, a broken link."""
    assert cut("https://itniotech.cn/api/voice/callSend/", 30) == "https://itniotech.cn/api/voice"
    assert cut("x" * 30, 30) == "x" * 30
    assert cut("x" * 99, 0) == "x" * 99


def test_the_cut_counts_utf16_units() -> None:
    """An emoji counts twice; one that is cut in half becomes a question mark."""
    assert units("a😀") == 3
    assert cut("😀" * 16, 30) == "😀" * 15
    assert cut("a" + "😀" * 15, 30) == "a" + "😀" * 14 + "?"


@given(st.text(alphabet="ab$ {}text01", max_size=60), st.text(alphabet="xyz", max_size=5))
def test_without_escapes_expansion_is_plain_replacement(template: str, value: str) -> None:
    """Where nothing is escaped and no value holds a placeholder, expanding is replacing text by text."""
    values = {slot: f"<{slot}{value}>" for slot in range(1, 11)}
    expected = re.sub(
        r"\$\{text(\d+)\}", lambda m: values.get(int(m[1]), m[0]) if m[1][0] != "0" else m[0], template
    )

    assert expand(template, values) == expected


@given(st.text(), st.integers(1, 40))
def test_a_cut_value_is_a_prefix_within_the_limit(value: str, limit: int) -> None:
    """A cut never makes a value longer than the limit, and changes nothing but its end."""
    short = cut(value, limit)

    assert units(short) <= limit
    assert value.startswith((short, short.removesuffix("?")))
