"""What becomes of particular texts and values: the rewrites one by one, and in their order."""

import re

import pytest

from runner.compile.lower import lower
from runner.compile.measure import measure
from runner.compile.slots.layout import Allocation
from runner.errors import InvalidError, Where
from runner.frames import COHORT, slot
from runner.model.skeleton import Slot
from tests.unit.compile.slots.conftest import CAPACITY, Row, Shaped, Texts, allocated, form_of, shape

VOICE = Where(path="campaigns/a.toml", line=9, column=1)


def one_form(texts: Texts, *rows: dict[str, str]) -> Shaped:
    """Return the shaped frame of one form."""
    return shape([form_of(texts)], [Row(values=row) for row in rows])


def shown(allocation: Allocation, cohort: int = 0) -> dict[int, str]:
    """Return the skeletons of a cohort with the slots as ``#1``."""
    return {
        number: "".join(f"#{piece.number}" if isinstance(piece, Slot) else piece for piece in skeleton)
        for number, skeleton in allocation.cohorts[cohort].skeletons.items()
    }


def slots(shaped: Shaped, allocation: Allocation) -> list[list[str]]:
    """Return the filled slots of each row."""
    rows = lower(shaped.frame, allocation, CAPACITY).iter_rows(named=True)
    return [[row[name] for n in range(1, 11) if row.get(name := slot(n)) is not None] for row in rows]


def test_texts_of_one_content_need_no_slot() -> None:
    """A form without holes is its own skeleton."""
    shaped = one_form({0: "Please call us.", 1: "Call us."}, {}, {})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "Please call us.", 1: "Call us."}
    assert slots(shaped, allocation) == [[], []]


def test_equal_columns_share_a_slot_over_all_texts() -> None:
    """Voice, SMS and a recall round print equal values: they need one slot; a column that differs once has its own."""
    texts = {0: "Dear <a>, <b>", 1: "<c>: pay <b>", 3: "<a> <d>"}
    rows = [{"a": "Ana", "b": "5", "c": "Ana", "d": "5"}, {"a": "Bo", "b": "6", "c": "Bo", "d": "7"}]

    allocation = allocated(one_form(texts, *rows))

    assert shown(allocation) == {0: "Dear #1, #2", 1: "#1: pay #2", 3: "#1 #3"}


def test_the_host_of_a_long_link_goes_into_the_skeleton() -> None:
    """Links that are too long share their beginning: one slot is enough for the rest."""
    shaped = one_form(
        {1: "Pay via <link>."},
        {"link": "https://pay.example.org/overdue/2026-11/Xa19"},
        {"link": "https://pay.example.org/overdue/2026-11/b7"},
    )

    allocation = allocated(shaped)

    assert shown(allocation) == {1: "Pay via https://pay.example.org/overdue/2026-11/#1."}
    assert slots(shaped, allocation) == [["Xa19"], ["b7"]]


def test_a_common_end_goes_into_the_skeleton_where_the_beginning_is_not_enough() -> None:
    """What long values end with moves too, if that saves a slot."""
    shaped = one_form(
        {0: "<a>!"},
        {"a": "Account 1234567890 at the Bank of Fiction"},
        {"a": "Account 1134567891 at the Bank of Fiction"},
    )

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "Account 1#1 at the Bank of Fiction!"}
    assert slots(shaped, allocation) == [["234567890"], ["134567891"]]


def test_beginning_and_end_do_not_overlap() -> None:
    """The shortest value begins and ends with all of itself, but has it only once to give."""
    shaped = one_form({0: "<a>."}, {"a": "ab" * 16}, {"a": "ab" * 50})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "ab" * 14 + "a#1#2#3."}
    assert slots(shaped, allocation) == [["b", "a", "b"], ["ba" * 15, "ba" * 15, "bababababab"]]


def test_short_values_keep_what_they_share() -> None:
    """Nothing is moved that need not be."""
    shaped = one_form({0: "Dear <a>."}, {"a": "Mr Smith"}, {"a": "Mr Jones"})

    assert shown(allocated(shaped)) == {0: "Dear #1."}


def test_a_long_constant_is_written_out() -> None:
    """A value that is too long and the same for all needs no slot."""
    shaped = one_form({0: "<a> <b>"}, {"a": "The Bank of Fiction and Imagination", "b": "1"})

    assert shown(allocated(shaped)) == {0: "The Bank of Fiction and Imagination #1"}


def test_short_values_fill_all_slots_of_a_long_column() -> None:
    """Where one name needs two slots, "Ana" fills both."""
    shaped = one_form({0: "Dear <a>."}, {"a": "Ana"}, {"a": "Maria Magdalena Fernandez y Gonzalez"})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "Dear #1#2."}
    assert slots(shaped, allocation) == [["An", "a"], ["Maria Magdalena Fernandez y Go", "nzalez"]]


def test_cuts_are_not_beside_blanks() -> None:
    """A cut that would leave a blank at the edge of a slot moves to the left."""
    shaped = one_form(
        {0: "<a>."}, {"a": "1234567890123456789012345678 9 rest"}, {"a": "x2345678901234567890123456789 1234"}
    )

    assert slots(shaped, allocated(shaped)) == [
        ["123456789012345678901234567", "8 9 rest"],
        ["x234567890123456789012345678", "9 1234"],
    ]


def test_combining_sequences_stay_whole() -> None:
    """A mark is not cut from its letter."""
    shaped = one_form({0: "<a>."}, {"a": "a" * 29 + "e\u0301" + "b" * 5}, {"a": "c" * 40})

    assert slots(shaped, allocated(shaped))[0] == ["a" * 29, "e\u0301bbbbb"]


def test_emoji_at_a_border_need_another_slot() -> None:
    """60 units with a pair over the 30th do not fit into two slots, so the cohort gets three."""
    shaped = one_form({0: "<a>."}, {"a": "a" * 29 + "😀" + "b" * 29}, {"a": "x" * 40})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "#1#2#3."}
    assert slots(shaped, allocation) == [["a" * 29, "😀" + "b" * 28, "b"], ["x" * 30, "x" * 9, "x"]]


def test_a_slot_that_may_be_blank_borrows_from_the_left() -> None:
    """The fewest characters of the literal before it that show something."""
    shaped = one_form({0: "Dear <a>, hello"}, {"a": ""}, {"a": "Ana"})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "Dea#1, hello"}
    assert slots(shaped, allocation) == [["r "], ["r Ana"]]


def test_a_slot_that_may_be_blank_borrows_from_the_right_otherwise() -> None:
    """At the beginning of a text only the literal after it can help."""
    shaped = one_form({0: "<a>, hello"}, {"a": " "}, {"a": "Ana"})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "#1 hello"}
    assert slots(shaped, allocation) == [[" ,"], ["Ana,"]]


def test_neighbours_of_which_one_may_be_blank_share_a_slot() -> None:
    """Without a literal to borrow from, the value beside it has to do."""
    shaped = one_form({0: "<a><b>"}, {"a": "Ana", "b": ""}, {"a": "", "b": "Bo"})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "#1"}
    assert slots(shaped, allocation) == [["Ana"], ["Bo"]]


@pytest.mark.parametrize(
    ("text", "skeleton", "filled"),
    [("Pay $<a>.", "Pay #1.", "$5"), ("Pay $$<a>.", "Pay #1.", "$$5"), ("Pay $ <a>.", "Pay $ #1.", "5")],
)
def test_an_escape_before_a_slot_is_borrowed(text: str, skeleton: str, filled: str) -> None:
    """`$${…}` is a literal to many substitutors, so no `$` stays before a slot."""
    shaped = one_form({0: text}, {"a": "5"}, {"a": "6"})

    allocation = allocated(shaped)

    assert shown(allocation) == {0: skeleton}
    assert slots(shaped, allocation)[0] == [filled]


def test_borrowing_can_cost_another_slot() -> None:
    """Thirty characters and a borrowed `$` no longer fit into one slot."""
    shaped = one_form({0: "Pay $<a>."}, {"a": "1" * 30}, {"a": "2" * 30})

    assert shown(allocated(shaped)) == {0: "Pay #1#2."}
    assert slots(shaped, allocated(shaped))[0] == ["$" + "1" * 29, "1"]


LETTERS = "abcdefghijklm"
FAR = " which is far too long to be merged, "


def test_constants_stay_values_while_there_are_slots() -> None:
    """What all rows share may still be somebody's name: it goes into the skeleton only beyond ten slots."""
    ten = FAR.join(f"<{name}>" for name in LETTERS[:10])
    row = {name: name for name in LETTERS[:10]}

    assert len(allocated(one_form({0: ten}, row, {**row, "b": "other"})).cohorts[0].sources) == 10


def test_constants_are_folded_beyond_ten_slots() -> None:
    """Of eleven values one is the same for all rows."""
    eleven = FAR.join(f"<{name}>" for name in LETTERS[:11])
    rows = [{name: f"{name}{n}" for name in LETTERS[:11]} | {"d": "same"} for n in (1, 2)]

    allocation = allocated(one_form({0: eleven}, *rows))

    assert len(allocation.cohorts) == 1
    assert FAR + "same" + FAR in shown(allocation)[0]
    assert len(allocation.cohorts[0].sources) == 10


def test_empty_constants_are_folded_too() -> None:
    """A value that is empty for all rows needs no slot when slots are short."""
    eleven = FAR.join(f"<{name}>" for name in LETTERS[:11])
    rows = [{name: f"{name}{n}" for name in LETTERS[:11]} | {"d": ""} for n in (1, 2)]

    allocation = allocated(one_form({0: eleven}, *rows))

    assert FAR + FAR in shown(allocation)[0]
    assert len(allocation.cohorts[0].sources) == 10


def test_what_two_texts_share_is_paid_once() -> None:
    """Nine values apart in the voice text are there for the SMS too, so it merges only the four of its own."""
    voice = FAR.join(f"<{name}>" for name in LETTERS[:9])
    rows = [{name: f"{name}{n}" for name in LETTERS} for n in range(3)]

    allocation = allocated(one_form({0: voice, 1: "<a>, <b>, <c>, <j>, <k>, <l>, <m>"}, *rows))

    assert shown(allocation)[1] == "#1, #2, #3, #10"
    assert len(allocation.cohorts[0].sources) == 10


def test_thirteen_values_with_short_separators_merge_into_five_slots() -> None:
    """Values of eight units and ", " between them: three fit into one slot."""
    text = ", ".join(f"<{name}>" for name in LETTERS)
    rows = [{name: f"{name}{n:07}" for name in LETTERS} for n in range(3)]
    shaped = one_form({0: text}, *rows)

    allocation = allocated(shaped)

    assert shown(allocation) == {0: "#1, #2, #3, #4, #5"}
    assert slots(shaped, allocation)[0] == [
        "a0000000, b0000000, c0000000",
        "d0000000, e0000000, f0000000",
        "g0000000, h0000000, i0000000",
        "j0000000, k0000000, l0000000",
        "m0000000",
    ]


def wide(count: int, **pools: int) -> tuple[Texts, list[dict[str, str]]]:
    """Return a text of *count* values that cannot be merged, and 2,000 rows; pools say how many values a column has."""
    text = FAR.join(f"<{name}>" for name in LETTERS[:count])
    names = LETTERS[:count]
    return {0: text}, [{name: f"{name}{n % pools.get(name, 2_000)}" for name in names} for n in range(2_000)]


def test_a_split_takes_the_keys_that_add_the_fewest_tasks() -> None:
    """Three slots must be freed: b, d and f hang together (20 combinations), though c has fewer values than each of them."""
    texts, rows = wide(13, b=20, c=19, d=10, f=5)
    shaped = one_form(texts, *rows)

    allocation = allocated(shaped, per_task=1_000, max_tasks=200)

    assert len(allocation.cohorts) == 20
    assert all(len(cohort.sources) == 10 for cohort in allocation.cohorts)
    assert [key.column for key, _ in allocation.cohorts[0].group.split] == ["@hole_b"]
    assert len(slots(shaped, allocation)) == 2_000


def test_a_split_by_length() -> None:
    """Nine short values and one that needs two slots on some rows, which then lack another value."""
    texts = {0: FAR.join(f"<{name}>" for name in LETTERS[:10]) + FAR + "<k>"}
    rows = []
    for n in range(100):
        row = {name: f"{name}{n}" for name in LETTERS[:11]}
        rows.append(row | ({"a": f"{n:050}", "b": "-", "c": "-"} if n % 2 else {"a": "-"}))
    shaped = one_form(texts, *rows)

    allocation = allocated(shaped, per_task=1_000, max_tasks=10)

    assert len(allocation.cohorts) == 2
    assert len(slots(shaped, allocation)) == 100


def test_too_many_slots_are_refused_with_a_list() -> None:
    """Every value is listed with its expression, place, distinct values, longest and slots, and none with its content."""
    texts, rows = wide(11, b=30)

    with pytest.raises(InvalidError) as error:
        allocated(one_form(texts, *rows), per_task=1_000, max_tasks=20)

    [problem] = error.value.problems
    assert problem.code == "too-many-slots"
    assert problem.message.startswith(
        "The texts need 11 slots, a task has 10, and no split of the people gets by"
    )
    assert "`a` (t.j2:1): more than 20 values, longest 5, slots 1; " in problem.message
    assert str(problem.where) == "t.j2:1"


def test_a_value_beyond_all_slots_is_refused() -> None:
    """More than ten slots of thirty are not to be had."""
    with pytest.raises(InvalidError) as error:
        allocated(one_form({0: "<a>."}, {"a": "x" * 301}, {"a": "y"}), max_tasks=1)

    [problem] = error.value.problems
    assert problem.code == "value-does-not-fit"
    assert problem.message == (
        "`a` in the voice text is up to 301 characters long and would need 11 slots of 30; a task has 10."
    )


def test_a_value_of_blanks_that_nothing_can_cut_is_refused_with_its_rows() -> None:
    """Forty blanks inside of a value leave a slot with nothing to see."""
    rows = [{"a": "x" * 50}, {"a": "a" + " " * 70 + "b" * 20}]

    with pytest.raises(InvalidError) as error:
        allocated(one_form({0: "<a>."}, *rows), max_tasks=1)

    [problem] = error.value.problems
    assert problem.code == "value-does-not-fit"
    assert problem.message.endswith("that each show something (row 2).")


def test_more_tasks_than_allowed_are_refused() -> None:
    """Two variants of eleven people each need four tasks of ten."""
    rows = [Row(values={"a": str(n)}, variant=n % 2) for n in range(22)]

    with pytest.raises(InvalidError) as error:
        allocated(shape([form_of({0: "<a>"})], rows), per_task=10, max_tasks=3)

    [problem] = error.value.problems
    assert problem.code == "too-many-tasks"
    assert problem.message.startswith(
        "22 people in 2 cohorts need 4 tasks of up to 10, `[limits] tasks` is 3"
    )


@pytest.mark.parametrize(
    ("text", "value", "code", "message"),
    [
        ("<a>{x", "$", "placeholder-in-text", "has `${`, which begins a placeholder."),
        ("${<a>", "x", "placeholder-in-text", "has `${`, which begins a placeholder."),
        ("<a>", "x" * 1001, "text-too-long", "is longer than 1,000 characters."),
        ("<a>", " ", "blank-text", "is blank."),
    ],
)
def test_texts_that_cannot_be_sent(text: str, value: str, code: str, message: str) -> None:
    """They are refused with the number of people and the first twenty rows, whatever else is wrong."""
    rows = [{"a": value} for _ in range(25)]

    with pytest.raises(InvalidError) as error:
        allocated(one_form({0: text}, *rows), max_tasks=1, places={0: VOICE})

    problem = error.value.problems[0]
    assert problem.where == VOICE
    assert problem.code == code
    assert problem.message == (
        "For 25 people (rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and 5 more) "
        f"the voice text {message}"
    )


def test_a_skeleton_with_its_placeholders_may_be_too_long() -> None:
    """990 characters and two values of one character are 1,006 with two placeholders of eight."""
    shaped = one_form({1: "x" * 990 + "<a> <b>"}, {"a": "1", "b": "2"}, {"a": "2", "b": "1"})

    with pytest.raises(InvalidError) as error:
        allocated(shaped)

    [problem] = error.value.problems
    assert problem.code == "skeleton-too-long"
    assert problem.message == "With its placeholders the SMS is 1,007 characters long, 1,000 fit."


def test_nothing_shows_what_the_values_are() -> None:
    """Skeletons, splits and measures are personal data, and stay out of what logs and tracebacks would print."""
    texts, rows = wide(12, b=20, c=19)
    shaped = one_form(texts, *[row | {"d": "Anastasia"} for row in rows])

    allocation = allocated(shaped, per_task=1_000, max_tasks=200)

    assert len(allocation.cohorts) == 19
    measures = measure(shaped.frame, shaped.forms, CAPACITY)
    assert not re.search("Anastasia|b19|c18", repr(allocation) + repr(measures))


def test_a_range_needs_only_the_columns_of_its_own_forms() -> None:
    """Of a form that has no row in a range, the range has no columns."""
    forms = [form_of({0: "Dear <a>"}), form_of({0: "Hello <b>"})]
    shaped = shape(forms, [Row(values={"a": "Ana"}), Row(values={"b": "Bo"}, form=1)])
    ranges = [shaped.frame.head(1).drop("@hole_b"), shaped.frame.tail(1).drop("@hole_a")]

    allocation = allocated(shaped, ranges=ranges)

    assert [shown(allocation, index) for index in (0, 1)] == [{0: "Dear #1"}, {0: "Hello #1"}]
    assert [lower(part, allocation, CAPACITY)[slot(1)].to_list() for part in ranges] == [["Ana"], ["Bo"]]


def test_cohorts_are_ordered_by_variant_and_words() -> None:
    """Not by the order of rows or forms."""
    forms = [form_of({0: "Zebra <a>"}), form_of({0: "Ant <a>"})]
    rows = [Row(values={"a": "1"}, form=f, variant=v) for v, f in [(1, 0), (0, 0), (1, 1), (0, 1)]]
    shaped = shape(forms, rows)

    allocation = allocated(shaped)

    assert [(c.group.variant, shown(allocation, i)[0]) for i, c in enumerate(allocation.cohorts)] == [
        (0, "Ant #1"),
        (0, "Zebra #1"),
        (1, "Ant #1"),
        (1, "Zebra #1"),
    ]
    assert lower(shaped.frame, allocation, CAPACITY)[COHORT].to_list() == [3, 1, 2, 0]
