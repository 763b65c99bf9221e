"""Whether another process is provably gone, asked of the real system."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runner.ledger.owner import described, is_gone, is_running, this_process
from runner.model.lease import Owner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")

SAY_WHO = """
import json, sys, dataclasses
from runner.ledger.owner import this_process
print(json.dumps(dataclasses.asdict(this_process())), flush=True)
sys.stdin.read()
"""


@pytest.fixture(name="other")
def _other(start) -> tuple[subprocess.Popen[str], Owner]:
    """Another live process and how it describes itself."""
    process = start(SAY_WHO)
    return process, Owner(**json.loads(process.stdout.readline()))


def gone(owner: Owner) -> bool:
    """Return the verdict where the ledger's disk may belong to several machines."""
    return is_gone(owner, on_one_machine=False)


def test_this_process_describes_itself():
    """An owner tells host, user, process and command, and is the same each time it is asked."""
    owner = this_process()

    assert owner == this_process()
    assert owner.pid == os.getpid()
    assert owner.host == os.uname().nodename
    assert len(owner.boot) == 36
    assert owner.namespace.startswith("pid:[")
    assert owner.started > 0
    assert not gone(owner)


def test_message_names_user_host_process_and_command():
    """A person can find the process from the message."""
    owner = replace(this_process(), user="anna", host="ops-1", pid=77, command="runner apply a.toml")

    assert described(owner) == "anna@ops-1, process 77: runner apply a.toml"
    assert described(replace(owner, command="")) == "anna@ops-1, process 77: unknown command"


def test_live_process_is_not_gone(other):
    """A process that runs holds what it holds."""
    _, owner = other

    assert not gone(owner)


def test_stopped_process_is_not_gone(other):
    """A process that was stopped may be continued: it is not gone."""
    process, owner = other
    process.send_signal(signal.SIGSTOP)

    assert not gone(owner)


def test_only_a_process_at_work_certainly_runs(other):
    """A process runs as long as it is seen, not stopped, and the one that is meant."""
    process, owner = other

    assert is_running(owner)
    assert not is_running(replace(owner, namespace="pid:[1]"))
    assert not is_running(replace(owner, started=owner.started - 1))
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    assert not is_running(owner)
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not is_running(owner)


def test_killed_process_is_gone_before_it_is_reaped(other):
    """A killed process is gone at once, though its parent has not asked for it yet."""
    process, owner = other
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert gone(owner)


def test_ended_process_is_gone(other):
    """A process that has ended is gone."""
    process, owner = other
    process.communicate("", timeout=30)

    assert gone(owner)


def test_reused_process_id_is_another_process(other):
    """A live process of the same number that started at another time is not the one that is asked for."""
    _, owner = other

    assert gone(replace(owner, started=owner.started - 1))


def test_process_of_another_user_is_not_gone():
    """A process that may not be signalled is alive."""
    init = replace(this_process(), pid=1, started=0)

    assert gone(init)
    assert not gone(replace(init, started=int(_stat(1)[19])))


@pytest.mark.parametrize(
    "change",
    [{"boot": "another"}, {"namespace": "pid:[1]"}, {"boot": "another", "host": "db-2"}, {"namespace": ""}],
)
def test_what_cannot_be_seen_is_not_gone(change):
    """A process number of another machine, boot or container says nothing here."""
    assert not gone(replace(this_process(), pid=4_000_001, **change))


def test_earlier_boot_is_gone_where_the_disk_is_of_this_machine():
    """On a local disk, what ran before this machine was started again is gone; another host's name is left alone."""
    before = replace(this_process(), boot="another")

    assert is_gone(before, on_one_machine=True)
    assert not is_gone(replace(before, host="db-2"), on_one_machine=True)
    assert not is_gone(replace(before, boot=""), on_one_machine=True)


def test_system_without_boot_ids_believes_only_its_own_disk():
    """Without a boot id, as on macOS, a missing process counts as gone only where the disk is of one machine."""
    here = replace(this_process(), boot="", namespace="")
    missing = replace(here, pid=4_000_001)

    assert is_gone(missing, on_one_machine=True, here=here)
    assert not is_gone(missing, on_one_machine=False, here=here)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
