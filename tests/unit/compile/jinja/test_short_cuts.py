"""What is done faster for common values gives what the slow way gives."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import filters as stock

from runner.compile.jinja.filters import title
from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.values import MAX_DIGITS, text_of


@given(st.text(st.sampled_from("abXYZ  -'(1.é\t"), max_size=20) | st.text(max_size=20))
@example("ANITA  SHARMA")
@example("o'neil")
def test_titles_are_those_of_jinja(text):
    """Every text is titled as Jinja2 does it."""
    assert title(text) == stock.do_title(text)


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(-(10**9), 10**9, places=2))
@example(Decimal("1E+3"))
@example(Decimal("0E-7"))
@example(Decimal("-0.00"))
def test_decimals_are_printed_without_exponent(value):
    """A decimal is printed digit by digit, or refused where that would be long."""
    try:
        text = text_of(value)
    except Refused:
        exponent = value.as_tuple().exponent
        assert value.adjusted() > MAX_DIGITS or (isinstance(exponent, int) and -exponent > MAX_DIGITS)
    else:
        assert text == format(value, "f")
