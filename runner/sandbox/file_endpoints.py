"""Uploading voice files and listing them."""

from runner.sandbox.account import Account
from runner.sandbox.fields import Fields
from runner.sandbox.files import VoiceFile, read_upload
from runner.sandbox.paging import page_of, read_page
from runner.sandbox.refusal import RefusedError
from runner.sandbox.vendor_time import day_of


def upload(account: Account, fields: Fields) -> str:
    """Store a file and return its id: ``data`` is the id itself.

    Raises:
        RefusedError: the duplicate code, by default -20, where the name exists, whatever the content.
    """
    sent = read_upload(fields, name_field="fileName", content_field="file")
    if account.files.has_name(sent.name):
        raise RefusedError(account.switches.duplicate_name_code, "fileName")
    account.note_unknown(fields)
    return account.files.add(sent, day=day_of(account.server_time(), account.zone)).file_id


def query_files(account: Account, fields: Fields) -> dict[str, object]:
    """Return a page of all files, newest first (the order is an assumption); there is no filter."""
    page = read_page(fields)
    account.note_unknown(fields)
    return page_of(list(account.files)[::-1], page, _record)


def _record(stored: VoiceFile) -> dict[str, object]:
    return {"fileId": stored.file_id, "fileName": stored.name}
