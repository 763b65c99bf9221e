"""Opening and making a ledger: the right one, or none."""

import pytest

from runner.apply.account import bind
from runner.errors import CredentialsError, Exit, InvalidError, LedgerError
from runner.ledger.open import create, open_reader, open_writer
from runner.model.ledger_fact import Genesis


def test_absent_ledger_is_none_and_stays_absent(place, tmp_path):
    """Reading makes no ledger, not even a folder."""
    assert open_reader(place.url, environment="sandbox", key_id="k") is None
    assert list(tmp_path.iterdir()) == []


def test_absent_ledger_cannot_be_written(place):
    """Writing makes no ledger either: that is a step of its own."""
    with pytest.raises(LedgerError, match="there is no ledger at"):
        open_writer(place.url, environment="sandbox", key_id="k")


def test_new_ledger_begins_with_its_genesis(place, ledger, now):
    """The first entry says what the ledger belongs to."""
    with place.reader() as reader, reader.reading() as connection:
        kinds = list(connection.exec_driver_sql("SELECT sequence, kind, previous FROM entries"))

    assert kinds == [(1, "genesis", "0" * 64)]
    assert ledger.verify() == 1
    assert Genesis(lineage="a", environment="b", key_id="c").format_version == 1


def test_ledger_is_not_made_twice(place, ledger, now):
    """Making a ledger where one is leaves that one as it was."""
    head = ledger.head()

    with pytest.raises(LedgerError, match=r"there is a ledger at .* already"):
        create(place.url, environment="sandbox", key_id="other", lineage="b" * 32, now=now)

    assert ledger.head() == head


@pytest.mark.parametrize("open_it", [open_reader, open_writer])
def test_ledger_of_another_environment_is_refused(place, ledger, open_it):
    """A rehearsal's ledger is never taken for production's: exit 4."""
    with pytest.raises(CredentialsError, match="belongs to environment sandbox, not to production") as caught:
        open_it(place.url, environment="production", key_id="feedfacecafebeef")

    assert caught.value.exit is Exit.CREDENTIALS


@pytest.mark.parametrize("open_it", [open_reader, open_writer])
def test_ledger_under_another_key_is_refused(place, ledger, open_it):
    """Under another key everybody would look new: exit 8, with what to do."""
    with pytest.raises(LedgerError, match="under key feedfacecafebeef, this is key 0000") as caught:
        open_it(place.url, environment="sandbox", key_id="0000")

    assert caught.value.exit is Exit.LEDGER
    assert "Restore the key" in (caught.value.problems[0].hint or "")


def test_reader_that_hashes_nobody_needs_no_key(place, ledger):
    """Verifying a ledger does not need its key."""
    reader = open_reader(place.url, environment="sandbox", key_id=None)

    assert reader is not None
    with reader:
        assert reader.verify() == 1


@pytest.mark.parametrize("revision", ["0000", "9999"])
@pytest.mark.parametrize("open_it", [open_reader, open_writer])
def test_ledger_of_another_schema_is_refused(place, ledger, open_it, revision):
    """An older or a newer schema is neither read nor written, and nothing migrates by itself."""
    place.run("UPDATE alembic_version SET version_num = ?", [revision])

    with pytest.raises(LedgerError, match=f"has schema {revision}") as caught:
        open_it(place.url, environment="sandbox", key_id="feedfacecafebeef")

    assert "runner ledger migrate" in (caught.value.problems[0].hint or "")


@pytest.mark.parametrize(
    "url", ["", "not a url", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "sqlite:///file:x?mode=rw"]
)
def test_url_that_names_no_place_is_a_configuration_error(url):
    """A URL that cannot hold a ledger is exit 3."""
    with pytest.raises(InvalidError, match="RUNNER_LEDGER_URL"):
        open_reader(url, environment="sandbox", key_id="k")


def test_first_apply_binds_the_account(place, ledger, now):
    """The first apply writes the account into the chain; the same one passes ever after."""
    identity = bind(ledger, "acc1", now=now, is_same_account=lambda: False)

    assert identity.account == "acc1"
    assert bind(ledger, "acc1", now=now, is_same_account=lambda: False) == identity
    assert place.reader().head().sequence == 2


def test_other_account_is_refused(ledger, now):
    """Credentials of another account are exit 4, and both are named."""
    bind(ledger, "acc1", now=now, is_same_account=lambda: False)

    with pytest.raises(
        CredentialsError, match="belongs to vendor account acc1, these credentials are of acc2"
    ):
        bind(ledger, "acc2", now=now, is_same_account=lambda: False)

    assert ledger.identity.account == "acc1"


def test_new_key_of_the_same_account_is_taken(ledger, now):
    """A new API key passes where the vendor shows our tasks under it, and the ledger belongs to it from then on."""
    bind(ledger, "acc1", now=now, is_same_account=lambda: False)

    assert bind(ledger, "acc2", now=now, is_same_account=lambda: True).account == "acc2"
    assert ledger.head().sequence == 3


def test_rival_that_bound_first_is_noticed(place, ledger, now):
    """Of two first applies with different accounts the second one is refused, however close they come."""

    class Slow:
        """A ledger between whose look and whose step another process binds it."""

        place = ledger.place

        def __init__(self) -> None:
            self.rival = [lambda: ledger.bind("acc1", seen=None, now=now)]

        @property
        def identity(self):
            return ledger.identity

        def bind(self, account, *, seen, now):
            while self.rival:
                self.rival.pop()()
            return ledger.bind(account, seen=seen, now=now)

    with pytest.raises(CredentialsError, match="acc1"):
        bind(Slow(), "acc2", now=now, is_same_account=lambda: False)
