"""The few kernel calls that Python's library lacks, each raising ``OSError`` when it fails."""

import ctypes
import os
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

CAP_KILL = 5
CAP_SETGID = 6
CAP_SETUID = 7

_HUGE_PAGE = 2 << 20
_MADV_COLLAPSE = 25
_MNT_DETACH = 2
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_KEEPCAPS = 8
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
_HIGHEST_CAPABILITY = 63
_M_ARENA_MAX = -8

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the named namespaces for fresh ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount, or change a mount."""
    encoded = [None if text is None else text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away, at once for those who look, and for good when nobody uses it any more."""
    _check(_libc.umount2(target.encode(), _MNT_DETACH), f"umount {target}")


def gather_pages() -> None:
    """Put what this process has in memory into huge pages, where the kernel can: a fork then has far less to copy.

    With PyTorch imported there are 37,000 small pages to copy in every fork, and one tenth of that afterwards.
    """
    with open("/proc/self/maps") as lines:  # noqa: PTH123
        areas = [line.split() for line in lines]
    for area in areas:
        # Memory of its own, written to and backed by no file: the heap, and what Python and the libraries asked for.
        if area[1] == "rw-p" and area[4] == "0" and area[5:] in ([], ["[heap]"]):
            first, last = (int(end, 16) for end in area[0].split("-"))
            first, last = -(-first // _HUGE_PAGE) * _HUGE_PAGE, last // _HUGE_PAGE * _HUGE_PAGE
            if first < last:
                # Refused by older kernels, and for areas where nothing lies yet.
                _libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_COLLAPSE)


def die_with_parent() -> None:
    """Get SIGKILL when the parent dies. A change of user clears it, so call it last."""
    _prctl(_PR_SET_PDEATHSIG, 9)


def hide_from_equals() -> None:
    """Keep processes of the same user from reading this one's memory and descriptors."""
    _prctl(_PR_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent is gone, so that they can be waited for."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def forbid_new_privileges() -> None:
    """Let no program that is started from here on gain anything by being set-uid."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def keep_capabilities_over_setuid() -> None:
    """Keep the permitted capabilities when the user changes from root to another."""
    _prctl(_PR_SET_KEEPCAPS, 1)


def set_capabilities(*kept: int) -> None:
    """Keep exactly these capabilities, in the permitted and effective sets only."""
    mask = sum(1 << capability for capability in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    # For each half: effective, permitted, inheritable.
    data = struct.pack("6I", low, low, 0, high, high, 0)
    _check(_libc.capset(header, data), "capset")


def empty_bounding_set() -> None:
    """Take every capability out of the bounding and ambient sets. Needs SETPCAP."""
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(_HIGHEST_CAPABILITY + 1):
        # Numbers above what this kernel knows are refused, which is as good.
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def share_heaps() -> None:
    """Let the threads of this process and its forks share two heaps.

    The C library reserves 64 MB of addresses per thread otherwise, and a case's limit counts addresses: eight honest
    threads would meet it now and then.
    """
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(_M_ARENA_MAX, 2)


def capabilities_of_self() -> dict[str, int]:
    """Return the five sets as /proc shows them, for a look at what is left."""
    found = {}
    with open("/proc/self/status") as lines:  # noqa: PTH123 - called in a jail, where less is better
        for line in lines:
            if line.startswith("Cap"):
                name, _, value = line.partition(":")
                found[name] = int(value, 16)
    return found


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
