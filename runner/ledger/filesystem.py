"""On what kind of file system a path lies, as far as the kernel says."""

import os
from enum import Enum
from pathlib import Path

_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "lustre",
        "gpfs",
        "beegfs",
        "glusterfs",
        "ocfs2",
        "gfs2",
    }
    | {
        f"fuse.{name}"
        for name in ("sshfs", "s3fs", "rclone", "gcsfuse", "goofys", "ceph", "glusterfs", "juicefs")
    }
)
_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "tmpfs", "overlay"})

MOUNTS = Path("/proc/self/mountinfo")


class Kind(Enum):
    """What can be said of a file system.

    Attributes:
        LOCAL: only one running kernel can have it mounted.
        NETWORK: other machines write to it, and locks or order of writes are not to be relied on.
        OTHER: not known to be either, such as a folder that a virtual machine shares with its host.
    """

    LOCAL = "local"
    NETWORK = "network"
    OTHER = "other"


def kind_of(path: Path, *, mounts: Path = MOUNTS) -> Kind:
    """Return the kind of file system that holds *path*, or would; `Kind.OTHER` where the kernel does not say.

    Args:
        path: need not exist.
        mounts: as the Linux kernel writes it (proc_pid_mountinfo(5)).
    """
    there = path.absolute()
    while not there.exists():
        there = there.parent
    device = there.stat().st_dev
    real = str(there.resolve())
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return Kind.OTHER
    best, found = (False, 0), ""
    for line in lines:
        mount, _, source = line.partition(" - ")
        number, point = mount.split(" ")[2], _unescaped(mount.split(" ")[4])
        if real == point or real.startswith(point.rstrip("/") + "/"):
            # A mount can hide others below it, so the device decides; not all file systems tell theirs in both places.
            rank = (number == f"{os.major(device)}:{os.minor(device)}", len(point))
            if rank >= best:
                best, found = rank, source.split(" ")[0]
    return _kind(found)


def _kind(name: str) -> Kind:
    if name in _NETWORK:
        return Kind.NETWORK
    return Kind.LOCAL if name in _LOCAL else Kind.OTHER


def _unescaped(text: str) -> str:
    """Return *text* with the kernel's octal escapes of blank, tab, line feed and backslash undone."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
