"""Audiences made to be awkward: duplicates, opt-outs, wrong numbers, foreign scripts, long and empty values."""

from hypothesis import strategies as st

NAMES = st.one_of(
    st.sampled_from(
        ["Ann", "Bob", "Łucja Wójcik-Żółkowska", "निशा शर्मा", "O'Neil", 'Eve "E" ,x', "", "a" * 61, "🎉" * 16]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40),
)
AMOUNTS = st.decimals(min_value=0, max_value=9_999, places=2).map(str)
REFS = st.text(st.sampled_from("ABCDEF0123456789"), min_size=1, max_size=12)
LANGS = st.sampled_from(["EN", "EN", "HI"])
GOOD_NUMBERS = st.integers(0, 999).flatmap(
    lambda n: st.sampled_from([f"07700 900{n:03}", f"+44 7700 900{n:03}", f"00447700900{n:03}"])
)
BAD_NUMBERS = st.sampled_from(["", "12", "+44 20", "9.11E+12", "call me", "+1 212 555", "07700 90050"])
PERSON = st.tuples(GOOD_NUMBERS, NAMES, AMOUNTS, REFS, LANGS)


def audiences(*, numbers=GOOD_NUMBERS, min_size=1, max_size=25):
    """Return a strategy of rows with one row per spelling of a number; numbers may repeat with equal content."""

    def with_repeats(rows):
        by_number: dict[str, tuple[str, ...]] = {}
        for row in rows:
            by_number.setdefault(digits(row[0]), row[1:])
        return [(row[0], *by_number[digits(row[0])]) for row in rows]

    person = st.tuples(numbers, NAMES, AMOUNTS, REFS, LANGS)
    return st.lists(person, min_size=min_size, max_size=max_size).map(with_repeats)


def digits(number):
    """Return the last nine digits of *number*, by which these spellings are told apart."""
    return "".join(c for c in number if c.isdigit())[-9:]
