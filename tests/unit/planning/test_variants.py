"""Settings that differ per callee."""

from dataclasses import replace

import pytest

from runner.errors import InvalidError
from runner.model.campaign import Column
from runner.planning.variants import MAX_VARIANTS, columns_of, variants_of
from tests.unit.apply.conftest import campaign

BASE = campaign()


def speaking(**voice):
    """Return a campaign whose voice has these settings."""
    return replace(BASE, voice=replace(BASE.voice, **voice))


def test_each_value_is_a_variant_in_the_order_of_values():
    """Indices follow the values, not the order in which they were met."""
    one = speaking(language=Column("lang"))

    found = variants_of(one, {("HI",), ("EN",)})

    assert columns_of(one) == ("lang",)
    assert [(v.index, v.values, v.settings.voice.language) for v in found] == [
        (0, ("EN",), "EN"),
        (1, ("HI",), "HI"),
    ]


@pytest.mark.parametrize(
    ("voice", "value", "message"),
    [
        ({"gender": Column("g")}, "woman", "neither male nor female"),
        ({"rate": Column("r")}, "5", "no decimal from 0.25 to 4"),
        ({"rate": Column("r")}, "fast", "no decimal from 0.25 to 4"),
        ({"language": Column("l")}, "", "is empty"),
    ],
    ids=["gender", "rate too high", "rate no number", "no language"],
)
def test_a_value_that_a_setting_cannot_be_is_an_error(voice, value, message):
    """A wrong value in a settings column is found while planning, and is not repeated in the message."""
    with pytest.raises(InvalidError) as caught:
        variants_of(speaking(**voice), {(value,)})

    (problem,) = caught.value.problems
    assert message in problem.message
    assert "woman" not in problem.message
    assert "fast" not in problem.message


def test_too_many_variants_are_a_wrong_column():
    """A name in the language column would make a request per person."""
    with pytest.raises(InvalidError, match="combinations"):
        variants_of(speaking(language=Column("name")), {(str(n),) for n in range(MAX_VARIANTS + 1)})


def test_the_spelling_of_a_rate_is_no_setting():
    """``1.0`` and ``1.00`` give one settings digest."""
    digests = {variants_of(speaking(rate=rate), {()})[0].settings.digest for rate in ("1", "1.0", "1.00")}

    assert len(digests) == 1
