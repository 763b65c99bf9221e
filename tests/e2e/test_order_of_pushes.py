"""Promise 10, from the bodies of pushes to the report: their order, number and lateness do not matter."""

import shutil
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.conftest import HEADER, Bank, Postbox, push

PEOPLE = 12
AFTERWARDS_S = 7_200.0
MORE = '\n[recall]\nrounds = 2\nevery = "5m"\nwho = "failed"\n'

Form = Callable[[list[bytes]], list[bytes]]
FORMS: dict[str, Form] = {
    "each alone": lambda bodies: bodies,
    "an array": lambda bodies: [b"[" + b",".join(bodies) + b"]"],
    "an array in an object": lambda bodies: [b'{"array": [' + b",".join(bodies) + b"]}"],
}
"""The three forms that the vendor's pages show."""


class Afterwards:
    """A campaign whose calls are over, and its ledger as often as wanted as it was before anything was heard of them."""

    def __init__(self, bank: Bank, postbox: Postbox, *, people: int = PEOPLE, more: str = MORE) -> None:
        self.bank = bank
        bank.setting("LEDGER_KEY", "5" * 64)  # so that the vendor, too, plays the same every time
        bank.audience(
            *(f"+4477009000{n:02},Ann,{n}.50,2026-11-30" for n in range(1, people + 1)), header=HEADER
        )
        bank.campaign(more=more)
        bank.engine.change_switches({"push_ringing": True})
        assert bank.run("apply", "--ack-calls", people).code == 0
        bank.time.skip(AFTERWARDS_S)
        self.bodies = self._all_of(postbox)
        self._kept = bank.ledger.parent.with_name("kept")
        shutil.copytree(bank.ledger.parent, self._kept)

    def report(self, portions: list[list[bytes]], records_after: int | None) -> Any:
        """Return the report after *portions* of pushes, each collected; records are read after so many of them, and at the end."""
        self._begin_anew()
        for at, portion in enumerate(portions):
            push(self.bank, *portion)
            options = () if at == records_after else ("--no-records",)
            assert self.bank.run("collect", *options).code == 0
        if records_after is not None:
            assert self.bank.run("collect").code == 0
        return self.bank.run("report", "--format", "json").json()

    def _begin_anew(self) -> None:
        place = self.bank.ledger.parent
        shutil.rmtree(place)
        shutil.copytree(self._kept, place)

    def _all_of(self, postbox: Postbox) -> list[bytes]:
        """Return the bodies once every call is reported that ended: also while it rang, where it did."""
        until = time.monotonic() + 60
        while True:
            told, ended = self.bank.engine.pushes(), self.bank.engine.summary()["calls_ended"]
            is_idle = told["waiting"] == 0 and told["sent"] == told["delivered"]
            if is_idle and ended <= told["delivered"] <= len(postbox.bodies):
                return list(postbox.bodies)
            assert time.monotonic() < until
            time.sleep(0.05)


def cut(bodies: list[bytes], cuts: list[int], forms: list[str]) -> list[list[bytes]]:
    """Return *bodies* in portions, cut at *cuts*, each in one of *forms*."""
    edges = [0, *sorted(cuts), len(bodies)]
    portions = [bodies[start:end] for start, end in pairwise(edges) if start < end]
    return [FORMS[form](portion) for portion, form in zip(portions, forms, strict=False)]


def check(bank: Bank, postbox: Postbox, examples: int) -> None:
    """Try so many orders, numbers, portions and forms of one campaign's pushes."""
    afterwards = Afterwards(bank, postbox)
    bodies = afterwards.bodies
    expected = {at: afterwards.report([bodies], at) for at in (None, 0)}
    assert expected[None]["summary"]["reported"] == PEOPLE
    assert expected[None]["summary"]["confirmed"] == 0
    assert expected[0]["summary"]["confirmed"] == PEOPLE
    assert len(bodies) > 2 * PEOPLE

    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],  # an example takes a second, so none is made smaller
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def any_order(data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(bodies), max_size=20))
        shuffled = data.draw(st.permutations(bodies + again))
        cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3))
        forms = data.draw(st.lists(st.sampled_from(sorted(FORMS)), min_size=4, max_size=4))
        records_after = data.draw(st.none() | st.integers(0, 3))

        found = afterwards.report(cut(shuffled, cuts, forms), records_after)

        assert found == expected[None if records_after is None else 0]

    any_order()


def test_any_order_gives_the_same_report(bank: Bank, postbox: Postbox) -> None:
    """Shuffled, repeated, late and in any form, pushes give the same report as in order and once."""
    check(bank, postbox, examples=6)


@pytest.mark.slow
def test_very_many_orders_give_the_same_report(bank: Bank, postbox: Postbox) -> None:
    """The same with many more examples."""
    check(bank, postbox, examples=150)


def test_every_push_lost_gives_the_same_confirmed_figures(bank: Bank, postbox: Postbox) -> None:
    """Without a single push all that records confirm is the same; what they cannot tell is unknown, and the report says so."""
    afterwards = Afterwards(bank, postbox, people=40, more="")
    heard = afterwards.report([afterwards.bodies], 0)
    lost = afterwards.report([], 0)
    said = bank.run("report").out

    confirmed = ("confirmed", "by_records", "cost")
    (with_pushes,), (alone,) = heard["campaigns"], lost["campaigns"]
    assert {name: with_pushes[name] for name in confirmed} == {name: alone[name] for name in confirmed}
    assert (heard["summary"]["reported"], lost["summary"]["reported"]) == (40, 0)
    assert lost["summary"]["confirmed"] == 40
    assert (heard["summary"]["unknown"], lost["summary"]["voicemail"]) == (0, 0)
    unknown = lost["summary"]["unknown"]
    assert unknown == with_pushes["by_records"]["unknown"] > 0
    assert f"missing: how it ended for {unknown} people is told by no record and no report" in said
