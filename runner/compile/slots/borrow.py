"""Characters that a value takes over from the literals beside it, as few as will do."""

from runner.compile.slots.characters import is_attached, is_blank, visible_count


def split_left(literal: str, visible: int) -> tuple[str, str] | None:
    """Return *literal* cut so that its second half is the shortest with *visible* characters that can be seen.

    The half does not begin with a character that is drawn onto the one before it, if that can be had. None where the
    literal does not show as many.
    """
    at = len(literal)
    while visible:
        if not at:
            return None
        at -= 1
        visible -= not is_blank(literal[at])
    while at and at < len(literal) and is_attached(literal[at]):
        at -= 1
    return literal[:at], literal[at:]


def split_right(literal: str, visible: int) -> tuple[str, str] | None:
    """Return *literal* cut so that its first half is the shortest with *visible* characters that can be seen.

    The second half does not begin with a character that is drawn onto the one before it. None where the literal does
    not show as many.
    """
    at = 0
    while visible:
        if at == len(literal):
            return None
        visible -= not is_blank(literal[at])
        at += 1
    while at < len(literal) and is_attached(literal[at]):
        at += 1
    return literal[:at], literal[at:]


def borrow(left: str, right: str, visible: int) -> tuple[str, str, str, str] | None:
    """Return what stays of *left*, what is taken from it, what is taken from *right*, and what stays of it.

    From the left if that is enough, else from the right, else from both; None where both together do not show *visible*
    characters.
    """
    if halves := split_left(left, visible):
        return *halves, "", right
    if halves := split_right(right, visible):
        return left, "", *halves
    all_left = split_left(left, visible_count(left))
    rest = split_right(right, visible - visible_count(left))
    return (*all_left, *rest) if all_left and rest else None
