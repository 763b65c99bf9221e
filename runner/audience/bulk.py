"""The fast half of reading numbers: whole columns of digits, judged without asking the library.

Each step follows what `phonenumbers.parse` does with the same digits and gives up on a row wherever the library might
do anything else. So what comes out is right, and what does not come out is not thereby wrong.
"""

import polars as pl

from runner.audience.metadata import Region, calling_code_of, region, regions_of
from runner.frames import NUMBER

INDEX, DIGITS, COUNTRY = "@index", "@digits", "@country"

_PLAIN = r"^[ (]*\+?[0-9](?:[0-9 ()-]|\.(?:[0-9][1-9]|[1-9][0-9]))*$"
"""A dot stands before two digits that are not zeros: `9198765432.0` is a decimal and none of these."""

_SEPARATORS = [" ", "(", ")", ".", "-"]
_LONGEST_PLAIN = 40

_CANDIDATES = pl.Schema({INDEX: pl.UInt32, DIGITS: pl.String})
ACCEPTED = pl.Schema({INDEX: pl.UInt32, NUMBER: pl.String, COUNTRY: pl.String})


def plain() -> pl.Expr:
    """Return whether the spelling in DIGITS has digits, blanks, dots, hyphens and brackets only, and maybe a plus.

    For the library such a number is its digits and the plus: it can have no extension, no letters and no digits of
    another script. Null stays null.
    """
    spelling = pl.col(DIGITS)
    return spelling.str.contains(_PLAIN) & (spelling.str.len_bytes() <= _LONGEST_PLAIN)


def accept(spellings: pl.DataFrame, *, home: str | None) -> pl.DataFrame:
    """Return the numbers among plain *spellings* that are certainly valid, in no particular order.

    Args:
        spellings: INDEX and DIGITS, the latter `plain`.
        home: region in which numbers without plus are read; None = there are none.

    Returns:
        INDEX, NUMBER (E.164 with plus) and COUNTRY; rows that the library must be asked about are missing.
    """
    digits = spellings.with_columns(pl.col(DIGITS).str.replace_many(_SEPARATORS, [""] * len(_SEPARATORS)))
    plus = pl.col(DIGITS).str.starts_with("+")
    abroad = [digits.filter(plus).with_columns(pl.col(DIGITS).str.slice(1))]
    accepted: list[pl.DataFrame] = []
    rules = region(home) if home else None
    if rules is not None:
        national, dialled_out = _leave(digits.filter(~plus), rules)
        abroad.append(dialled_out)
        accepted.extend(_accept_home(national, rules))
    accepted.extend(_accept_international(pl.concat(abroad)))
    return pl.concat([ACCEPTED.to_frame(), *accepted])


def _leave(digits: pl.DataFrame, home: Region) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that do not begin like a call abroad, and those that do, without that beginning."""
    if home.exit is None:
        return digits, _CANDIDATES.to_frame()
    leaves = digits[DIGITS].str.contains(home.exit)
    if not leaves.any():
        return digits, _CANDIDATES.to_frame()
    if home.exit_digits is None:
        return digits.filter(~leaves), _CANDIDATES.to_frame()
    # Where a zero follows, the library does not take it for a call abroad; nor does any calling code begin with one.
    return digits.filter(~leaves), digits.filter(leaves).with_columns(
        pl.col(DIGITS).str.slice(len(home.exit_digits))
    )


def _accept_international(digits: pl.DataFrame) -> list[pl.DataFrame]:
    """Accept rows that begin with a country calling code."""
    if digits.is_empty():
        return []
    heads = digits[DIGITS].str.slice(0, 3)
    codes = {head: calling_code_of(head) for head in heads.unique()}
    by_code: dict[int, list[str]] = {}
    for head, code in codes.items():
        if code is not None:
            by_code.setdefault(code, []).append(head)
    accepted = []
    for code, members in by_code.items():
        regions = regions_of(code)
        if regions:
            of_code = digits if len(by_code) == len(codes) == 1 else digits.filter(heads.is_in(members))
            national = of_code.with_columns(pl.col(DIGITS).str.slice(len(str(code))))
            accepted.append(_judge(_without_trunk(national, regions[0]), regions))
    return accepted


def _accept_home(digits: pl.DataFrame, home: Region) -> list[pl.DataFrame]:
    """Accept rows that are dialled inside the region *home*, or that lack nothing but the plus."""
    if digits.is_empty():
        return []
    regions = regions_of(int(home.calling_code))
    # The library takes a calling code without plus off only where the whole looks like no national number and the
    # rest does, or where the whole is too long; what is neither clearly one nor clearly the other is left to it.
    has_code = pl.col(DIGITS).str.starts_with(home.calling_code)
    coded, rest = digits.filter(has_code), digits.filter(~has_code)
    accepted = []
    if not coded.is_empty():
        is_national = coded[DIGITS].str.contains(home.general)
        national = coded.filter(is_national & coded[DIGITS].str.len_bytes().is_in(home.lengths))
        rest = pl.concat([rest, national])
        bare = coded.filter(~is_national).with_columns(pl.col(DIGITS).str.slice(len(home.calling_code)))
        bare = bare.filter(pl.col(DIGITS).str.contains(home.general))
        for rules in (home, regions[0]) if home is not regions[0] else (home,):
            bare = bare.filter(~_has_trunk(bare[DIGITS], rules))
        accepted.append(_judge(bare, regions))
    accepted.append(_judge(_without_trunk(rest, home), regions))
    return accepted


def _has_trunk(digits: pl.Series, rules: Region) -> pl.Series:
    """Return whether the trunk pattern of the region takes anything off the beginning."""
    if rules.trunk is None:
        return pl.repeat(value=False, n=digits.len(), dtype=pl.Boolean, eager=True)
    if rules.trunk_digits is not None and rules.trunk == f"^(?:{rules.trunk_digits})":
        return digits.str.starts_with(rules.trunk_digits)
    # One pattern (Argentina's) matches nothing as well, which takes nothing off.
    return digits.str.extract(rules.trunk, 0).fill_null("") != ""


def _without_trunk(digits: pl.DataFrame, rules: Region) -> pl.DataFrame:
    """Return national numbers without the region's trunk prefix; rows that the library may treat otherwise are missing."""
    if rules.trunk is None or digits.is_empty():
        return digits
    has = _has_trunk(digits[DIGITS], rules)
    bare = digits.filter(~has)
    if rules.trunk_digits is None or bare.height == digits.height:
        return bare
    prefixed = digits.filter(has)
    if rules.trunk != f"^(?:{rules.trunk_digits})":
        usual = pl.col(DIGITS).str.extract(rules.trunk, 0) == rules.trunk_digits
        if rules.trunk_group is not None:
            usual &= pl.col(DIGITS).str.extract(rules.trunk, rules.trunk_group).is_null()
        prefixed = prefixed.filter(usual)
    stripped = prefixed.with_columns(pl.col(DIGITS).str.slice(len(rules.trunk_digits))).filter(
        pl.col(DIGITS).str.len_bytes().is_in(rules.lengths) & pl.col(DIGITS).str.contains(rules.general)
    )
    return pl.concat([bare, stripped])


def _judge(digits: pl.DataFrame, regions: tuple[Region, ...]) -> pl.DataFrame:
    """Return the national numbers that are valid in the region of *regions* to which they belong."""
    undecided, accepted = digits, [ACCEPTED.to_frame()]
    for rules in regions:
        if undecided.is_empty():
            break
        valid = _is_valid(undecided[DIGITS], rules)
        belongs = valid
        if rules.leading_digits is not None and len(regions) > 1:
            belongs = undecided[DIGITS].str.contains(rules.leading_digits)
        found = undecided if valid.all() and belongs.all() else undecided.filter(valid & belongs)
        accepted.append(
            found.select(
                INDEX,
                pl.concat_str(pl.lit(f"+{rules.calling_code}"), pl.col(DIGITS)).alias(NUMBER),
                pl.lit(rules.code).alias(COUNTRY),
            )
        )
        undecided = undecided.filter(~belongs)
    return pl.concat(accepted)


def _is_valid(digits: pl.Series, rules: Region) -> pl.Series:
    """Return whether each national number is valid in the region."""
    lengths = digits.str.len_bytes()
    present = lengths.unique().to_list()
    if len(present) == 1:
        return _matches(digits, rules, present[0])
    valid = pl.repeat(value=False, n=digits.len(), dtype=pl.Boolean, eager=True).to_numpy(writable=True)
    for length in present:
        here = (lengths == length).arg_true()
        valid[here.to_numpy()] = _matches(digits.gather(here), rules, length).to_numpy()
    return pl.Series(valid)


def _matches(digits: pl.Series, rules: Region, length: int) -> pl.Series:
    if length not in rules.valid:
        return pl.repeat(value=False, n=digits.len(), dtype=pl.Boolean, eager=True)
    return digits.str.contains(rules.valid[length]) & digits.str.contains(rules.general)
