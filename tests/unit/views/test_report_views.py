"""The figures after the call as text, Markdown and JSON: totals exact, breakdowns blind, foreign text inert."""

from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

from runner.model.outcome import Outcome
from runner.report.figures import Cost, Durations, Figures, Funnel, Missing, Part
from runner.views.report_html import report_html
from runner.views.report_json import report_value
from runner.views.report_text import report_lines, report_markdown

NOTHING = dict.fromkeys(reversed(Outcome), 0)
REPORT = Figures(
    campaign="overdue-reminder",
    edition="2026-11",
    since=None,
    until=None,
    calls=1502,
    reported=1000,
    confirmed=1190,
    funnel=Funnel(planned=1300, accepted=1250, rang=1180, answered=700, key=309, sms=500),
    outcomes=NOTHING
    | {
        Outcome.ANSWERED: 700,
        Outcome.VOICEMAIL: 100,
        Outcome.BUSY: 196,
        Outcome.NO_ANSWER: 200,
        Outcome.UNKNOWN: 4,
    },
    by_records=NOTHING | {Outcome.ANSWERED: 800},
    by_pushes=NOTHING | {Outcome.ANSWERED: 600, Outcome.VOICEMAIL: 100},
    keys={"6": 300, "9": 9},
    timezone="Asia/Kolkata",
    countries=(
        Part(name="GB", total=9, outcomes={Outcome.ANSWERED: 9}),
        Part(name="IN", total=1493, outcomes={Outcome.ANSWERED: 691, Outcome.BUSY: 802}),
    ),
    hours=(Part(name="14", total=1502, outcomes={Outcome.ANSWERED: 700, Outcome.BUSY: 802}),),
    rounds=(Part(name="1", total=1502, outcomes={Outcome.ANSWERED: 700, Outcome.BUSY: 802}),),
    days=(Part(name="2026-11-24", total=1502, outcomes={Outcome.ANSWERED: 700}),),
    durations=Durations(
        calls=700,
        seconds=14_000,
        median_s=18.0,
        shares={"under a half": 5, "to the end": 695},
        silent_to_the_end=400,
    ),
    cost=Cost(
        by_currency={"USD": Decimal("12.5")},
        reported_only={"": Decimal("1E+2")},
        charged_s=30_000,
    ),
    missing=Missing(silent=50, unconfirmed=10, unknown=4, contradicted=2),
)

TEXT = """\
overdue-reminder 2026-11  production

  planned 1,300 > accepted 1,250 > rang 1,180 > answered 700 > key 309 > SMS triggered 500
  heard of 1,200 people in 1,502 calls: 1,190 confirmed by call records, 10 only reported

    700 answered  58.3 % ##############
    100 voicemail  8.3 % ##
    196 busy      16.3 % ####
    200 no answer 16.7 % ####
      4 unknown    0.3 %
  -----
  1,200

  keys pressed: 6 by 300, 9 by 9
  answered calls lasted 20.0 s on average, half of them over 18 s
  they heard: under a half <10, to the end 695; 400 to the end without a key, which may be machines
  cost: 12.5 USD for 500.0 charged minutes
  cost, only reported: 100 of no stated currency
  missing: nothing was heard of 50 people so far, which proves nothing
  missing: how it ended for 4 people is told by no record and no report
  contradicted: reports of 2 people say otherwise than the records, which stand

  By country
      calls  answered  busy
  GB    <10       <10     0
  IN  1,493       691   802

  By hour of the day (Asia/Kolkata)
      calls  answered  busy
  14  1,502       700   802"""


def test_text() -> None:
    """A report as a person reads it."""
    assert report_lines([REPORT], environment="production") == TEXT.split("\n")


def test_markdown() -> None:
    """The same as lists and tables."""
    lines = report_markdown([REPORT], environment="production")

    assert lines[0] == "## overdue-reminder 2026-11"
    assert "- cost: 12.5 USD for 500.0 charged minutes" in lines
    at = lines.index("### By country")
    assert lines[at + 2 : at + 6] == [
        "|  | calls | answered | busy |",
        "| --- | ---: | ---: | ---: |",
        "| GB | <10 | <10 | 0 |",
        "| IN | 1,493 | 691 | 802 |",
    ]


def test_json() -> None:
    """The summary has the totals, exact; breakdowns are blind; amounts are decimal text."""
    value = report_value([REPORT, REPORT], environment="production")

    assert value["summary"] == {
        "planned": 2600,
        "accepted": 2500,
        "calls": 3004,
        "reported": 2000,
        "confirmed": 2380,
        "answered": 1400,
        "voicemail": 200,
        "busy": 392,
        "no_answer": 400,
        "failed": 0,
        "unknown": 8,
        "keys": {"6": 600, "9": 18},
    }
    campaigns = value["campaigns"]
    assert isinstance(campaigns, list)
    assert campaigns[0]["countries"][0] == {"name": "GB", "calls": "<10", "outcomes": {"answered": "<10"}}
    assert campaigns[0]["durations"]["listened"] == {"under a half": "<10", "to the end": 695}
    assert campaigns[0]["cost"] == {
        "confirmed": {"USD": "12.5"},
        "reported_only": {"unknown": "100"},
        "charged_s": 30_000,
    }


def test_editions_are_compared() -> None:
    """Two editions of a campaign have a table of shares; one has none."""
    lines = report_lines([replace(REPORT, edition="2026-10"), REPORT], environment="production")

    at = lines.index("overdue-reminder: editions")
    assert lines[at + 1 :] == [
        "           accepted  heard of  answered  voicemail  no answer    busy  failed     key",
        "  2026-10     1,250     1,200    58.3 %      8.3 %     16.7 %  16.3 %   0.0 %  25.8 %",
        "  2026-11     1,250     1,200    58.3 %      8.3 %     16.7 %  16.3 %   0.0 %  25.8 %",
    ]


def test_foreign_text_is_inert() -> None:
    """What came from outside shows itself, and breaks no table."""
    part = Part(name="a|b\x1b[2J", total=20, outcomes={Outcome.ANSWERED: 20})
    report = replace(REPORT, countries=(part,), keys={"\u202e": 1})

    text = "\n".join(report_lines([report], environment="production"))
    markdown = "\n".join(report_markdown([report], environment="production"))

    assert "\x1b" not in text + markdown
    assert "\u202e" not in text + markdown
    assert "| a\\|b⟨U+001B⟩[2J | 20 | 20 |" in markdown


def test_nothing_is_known_yet() -> None:
    """Right after an apply there are no outcomes: that is said, in place of bars."""
    silent = replace(
        REPORT,
        calls=0,
        outcomes=NOTHING,
        durations=replace(REPORT.durations, calls=0, shares={"to the end": 0}),
    )

    lines = report_lines([silent], environment="production")

    assert lines[5] == "  nothing is known of any call so far"
    assert not any("they heard" in line for line in lines)


def test_nothing_was_handed_over() -> None:
    """No campaigns are no report, and that is said."""
    assert report_lines([], environment="sandbox") == ["sandbox: nothing was handed over"]
    assert report_markdown([], environment="sandbox") == ["Nothing was handed over."]


class Tags(HTMLParser):
    """Remembers which elements a document has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.seen.add(tag)


def test_html() -> None:
    """One document that loads nothing, with the same words and figures."""
    document = report_html([REPORT, replace(REPORT, edition="2026-12")], environment="production")

    assert document.startswith("<!doctype html>")
    assert "default-src &#x27;none&#x27;" in document
    assert "<script" not in document
    assert "http://" not in document
    assert "</td><td>&lt;10</td><td>&lt;10</td><td>0</td></tr>" in document
    # Nine calls of 1,502 are drawn as five: a length tells no more than the cell beside it.
    assert (
        '<th scope="row">GB</th><td class="drawn"><svg class="bar" aria-hidden="true">'
        '<rect class="answered" x="0.0%" width="0.3%" height="100%"/></svg></td>' in document
    )
    assert "overdue-reminder: editions" in document


def test_hostile_text_in_html() -> None:
    """Nothing foreign becomes markup."""
    part = Part(name="</td><script>alert(1)</script>", total=20, outcomes={Outcome.ANSWERED: 20})
    document = report_html([replace(REPORT, countries=(part,), keys={'"><img src=x>': 1})], environment="<b>")

    parser = Tags()
    parser.feed(document)
    assert not {"script", "img", "b"} & parser.seen
