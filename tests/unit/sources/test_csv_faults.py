"""Files that a lenient reader would mend in silence."""

import pytest

from runner.errors import InvalidError
from runner.sources.audience import open_audience

PEOPLE = b"phone,name\n+441,Ann\n+442,Ben\n+443,Cem\n"


@pytest.mark.parametrize(
    ("content", "code", "message", "line"),
    [
        pytest.param(
            b'a,b\n1,x"y"\n2,z\n',
            "stray-quote",
            "row 1: a quote that neither begins nor ends a cell",
            2,
            id="quote-inside",
        ),
        pytest.param(
            b'a,b\n1,x\n2,"y"z\n',
            "stray-quote",
            "row 2: a quote that neither begins nor ends a cell",
            3,
            id="text-after-quote",
        ),
        pytest.param(
            b'a,b\n1, "x"\n',
            "stray-quote",
            "row 1: a quote that neither begins nor ends a cell",
            2,
            id="blank-before",
        ),
        pytest.param(
            b'a,b\n1,x\n2,"y\n3,z\n',
            "open-quote",
            "row 2: a quote that is never closed",
            3,
            id="never-closed",
        ),
        pytest.param(
            b"a,b\n1,2\n3,4",
            "cut-file",
            "row 2: the last line has no line end: the file may be cut",
            3,
            id="cut",
        ),
        pytest.param(
            b"a,b\n1\n2,3\n4\n", "short-row", "2 rows (1, 3): fewer cells than the header has", 2, id="short"
        ),
        pytest.param(b"a,b\n1,2\n3,4,5\n", "long-row", "row 2: more cells than the header has", 3, id="long"),
        pytest.param(
            b'a,b\n"x\ny",2\n3,4,5\n', "long-row", "row 2: more cells than the header has", 4, id="later-line"
        ),
        pytest.param(b"a,b\n1,2\n\n3,4\n", "blank-row", "row 2: blank lines", 3, id="blank"),
        pytest.param(b"a\n1\n\r\n", "blank-row", "row 2: blank lines", 3, id="blank-last"),
        pytest.param(b"a,b\n1,2\r3\n", "bare-cr", "row 1: a carriage return without a line feed", 2, id="cr"),
        pytest.param(
            b'a,b\n1,"2\r3"\n', "bare-cr", "row 1: a carriage return without a line feed", 2, id="cr-quoted"
        ),
        pytest.param(b"a,b\n1,2\n3,\x00\n", "nul", "row 2: a NUL byte", 3, id="nul"),
        pytest.param(
            b"a,b\n1,2\n3," + b"x" * 10_001 + b"\n",
            "long-cell",
            "row 2: a cell of more than 10,000 characters",
            None,
            id="cell",
        ),
    ],
)
def test_faults_name_their_rows(refuse, content, code, message, line):
    """A fault is named with its rows, counted after the header, and with the line of the first."""
    problem = refuse(content)

    assert (problem.code, problem.message) == (code, message)
    assert problem.where is not None
    assert (problem.where.path, problem.where.line, problem.where.text) == ("people.csv", line, None)


def test_a_cell_of_ten_thousand_characters_is_read(rows):
    """The limit is on characters, not on bytes."""
    cell = "é" * 10_000
    assert rows(f"a\n{cell}\n".encode()) == [(1, cell)]


def test_a_line_end_inside_the_number_is_an_error(refuse, rows):
    """In other columns it is text, such as an address."""
    content = b'note,phone\n"a\nb",+441\nc,"+44\n2"\n'

    assert len(rows(content)) == 2
    assert refuse(content, number="phone").message == "row 2: a line break inside the number"


def test_two_stray_quotes_do_not_swallow_people(refuse):
    """Two quotes, rows apart, make faultless CSV of one long cell in which people are lost."""
    content = b'phone,name\n+447700900001,"Ann\n+447700900002,Ben\n+447700900003,Cem"\n+447700900004,Dov\n'

    problem = refuse(content, number="phone")

    assert (problem.code, problem.message.split(":")[0]) == ("swallowed-rows", "row 1")


@pytest.mark.parametrize(
    "content",
    [
        b'phone,address\n+447700900001,"1 High St\nLondon"\n',
        b'address,phone\n"1 High St\nLondon",+447700900001\n',
        b'phone,note\n+447700900001,"call me on\n07700 900002 please"\n',
        b'phone,note,x\n+447700900001,"numbers:\n07700 900002",y\n',
    ],
)
def test_cells_of_several_lines_are_read(rows, content):
    """An address or a note may have line ends, and even a number."""
    assert len(rows(content, number="phone")) == 1


def test_all_kinds_of_faults_are_told_at_once(rows):
    """Each kind is one problem, whatever block it is in."""
    with pytest.raises(InvalidError) as caught:
        rows(b"a,b\n1\n1,2,3\n\n1,\x00\n1,2")

    assert [problem.code for problem in caught.value.problems] == [
        "nul",
        "blank-row",
        "short-row",
        "long-row",
        "cut-file",
    ]


def test_at_most_twenty_rows_are_listed(refuse):
    """The count is exact, the list is short."""
    message = refuse(b"a,b\n" + b"1\n" * 1_000).message

    assert message.startswith("1,000 rows (1, 2, 3, ")
    assert ", 20, …): fewer cells" in message


def test_no_good_row_comes_out_after_a_fault(write):
    """A block with a fault yields nothing, and then the error comes."""
    reader = open_audience(write(PEOPLE + b"+444\n+445,Eve\n"), display="p.csv", limit_rows=99)

    frames = reader.rows()
    with pytest.raises(InvalidError):
        next(frames)
    with pytest.raises(RuntimeError):
        _ = reader.total


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"phone", "cut-file"),
        (b"phone\rname\r", "bare-cr"),
        (b"phone\rname\n1\n", "bare-cr"),
        (b"p\x00h\x00o\x00n\x00e\x00\n\x00", "nul"),
        (b"phone,,x\n1,2,3\n", "header-empty"),
        (b"\n1\n", "header-empty"),
        (b"phone,name,phone\n1,2,3\n", "header-repeated"),
        (b"@row,phone\n1,2\n", "header-reserved"),
        (b"phone ,name\n1,2\n", "header-invisible"),
        (b"\xef\xbb\xbf\xef\xbb\xbfphone,name\n1,2\n", "header-invisible"),
        (b'pho"ne,name\n1,2\n', "header-quote"),
        (b'"phone,name\n1,2\n', "header-quote"),
        (b"phone," + b",".join(b"c%d" % i for i in range(500)) + b"\n", "too-many-columns"),
        (b"+447700900001,Ann\n+447700900002,Ben\n", "header-missing"),
    ],
)
def test_headers_that_are_refused(refuse, content, code):
    """The first line must name columns, each once."""
    assert refuse(content).code == code


def test_a_missing_header_is_not_repeated(refuse):
    """Where the first line looks like a person, none of it is shown."""
    problem = refuse(b"+447700900001,Ann\n+447700900002,Ben\n")

    assert "7700" not in f"{problem}"
    assert "Ann" not in f"{problem}"


@pytest.mark.parametrize(("header", "word"), [(b"phone;name", "semicolons"), (b"phone\tname", "tabs")])
def test_other_separators(refuse, header, word):
    """Some spreadsheets write CSV without commas."""
    problem = refuse(header + b"\n1,2\n")

    assert problem.code == "not-commas"
    assert problem.message == f"the cells seem to be separated by {word}, not by commas"


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (b"Phone,name", "did you mean 'Phone'?"),
        (b"x,y", None),
    ],
)
def test_a_missing_number_column(refuse, header, hint):
    """The message names the column that is missing and the nearest there is."""
    problem = refuse(header + b"\n1,2\n", number="phone")

    assert (problem.code, problem.message) == ("missing-column", "there is no column 'phone'")
    assert problem.hint == hint


@pytest.mark.parametrize(
    "row",
    [
        b"canary",
        b"canary,canary,canary",
        b'canary,"canary',
        b'canary,"canary"canary',
        b"canary,can\0ary",
        b"canary,can\rary",
        b"canary,can\xe9ary",
        b'"can\nary",canary',
        b'+447700900001,"canary\n+447700900002,canary"',
        b"canary," + b"canary" * 2_000,
    ],
)
def test_no_message_holds_a_cell(rows, row):
    """Whatever is wrong, what is in the cells is not said."""
    with pytest.raises(InvalidError) as caught:
        rows(b"phone,name\n+447700900001,canary\n" + row + b"\n", number="phone")

    told = f"{caught.value} {caught.value.problems}"
    assert "can" not in told.replace("scan", "")
    assert "7700" not in told
    assert caught.value.__cause__ is None
