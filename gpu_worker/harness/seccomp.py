"""A filter over system calls: what no submission needs and past kernel holes were made of.

It is a deny-list on top of the namespaces, the missing capabilities and no-new-privileges, and under Docker on top
of the engine's own allow-list; PyTorch, autograd, threads and fork work under it. x86-64 only: the numbers differ
elsewhere, and there the other walls must do.
"""

import ctypes
import errno
import os
import platform
import struct

_KILL_PROCESS = 0x80000000
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000

_LOAD, _EQUAL, _ABOVE, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_X86_64 = 0xC000003E
_X32 = 0x40000000
_CLONE, _SOCKET, _CLONE3 = 56, 41, 435

# Every namespace that clone() can make.
_NEW_NAMESPACES = 0x7E020000
# AF_UNIX, AF_INET, AF_INET6; there is no network behind the last two.
_SOCKET_FAMILIES = (1, 2, 10)

DENIED = {
    # Shared memory, semaphores and queues of System V outlive the case that made them; /dev/shm is there instead.
    "shmget": 29,
    "semget": 64,
    "msgget": 68,
    "ptrace": 101,
    "syslog": 103,
    "acct": 163,
    "settimeofday": 164,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "pivot_root": 155,
    "chroot": 161,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "kexec_load": 246,
    "unshare": 272,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "finit_module": 313,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
}


def is_supported() -> bool:
    """Whether the filter knows this machine's system calls."""
    return platform.machine() == "x86_64"


def install() -> None:
    """Filter this process and all that it starts. Needs no-new-privileges to be set. Raises ``OSError``."""
    program = _program()
    code = ctypes.create_string_buffer(b"".join(program))
    libc = ctypes.CDLL(None, use_errno=True)
    description = _Program(len(program), ctypes.addressof(code))
    if libc.prctl(22, 2, ctypes.byref(description), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def _program() -> list[bytes]:
    refuse = _ERRNO | errno.EPERM
    absent = _ERRNO | errno.ENOSYS
    program = [
        _step(_LOAD, _AT_ARCHITECTURE),
        _step(_EQUAL, _X86_64, 1, 0),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _AT_NUMBER),
        _step(_ABOVE, _X32, 0, 1),
        _step(_RETURN, absent),
        # Its flags lie in memory, out of a filter's sight; glibc falls back to clone().
        _step(_EQUAL, _CLONE3, 0, 1),
        _step(_RETURN, absent),
    ]
    for number in DENIED.values():
        program += [_step(_EQUAL, number, 0, 1), _step(_RETURN, refuse)]
    program += [
        _step(_EQUAL, _CLONE, 0, 4),
        _step(_LOAD, _AT_FIRST_ARGUMENT),
        _step(_BITS, _NEW_NAMESPACES, 0, 1),
        _step(_RETURN, refuse),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, _SOCKET, 0, 5),
        _step(_LOAD, _AT_FIRST_ARGUMENT),
        *(_step(_EQUAL, family, 3 - place, 0) for place, family in enumerate(_SOCKET_FAMILIES)),
        _step(_RETURN, _ERRNO | errno.EAFNOSUPPORT),
        _step(_RETURN, _ALLOW),
    ]
    return program


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
