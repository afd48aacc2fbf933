"""E03: use the kernel's dangerous interfaces: mounts, handles, modules, programs, keys

Stopped by: a filter over system calls, and no capabilities.
"""

import ctypes

LIBC = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "mount": (165, b"none", b"/tmp", b"tmpfs", 0, 0),
    "umount2": (166, b"/tmp", 2),
    "pivot_root": (155, b"/tmp", b"/tmp"),
    "chroot": (161, b"/tmp"),
    "open_by_handle_at": (304, 0, 0, 0),
    "name_to_handle_at": (303, -100, b"/tmp", 0, 0, 0),
    "userfaultfd": (323, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "keyctl": (250, 0, -3, 1),
    "add_key": (248, b"user", b"x", b"x", 1, -3),
    "kexec_load": (246, 0, 0, 0, 0),
    "init_module": (175, 0, 0, b""),
    "finit_module": (313, 0, b"", 0),
    "fsopen": (430, b"tmpfs", 0),
    "open_tree": (428, -100, b"/tmp", 1),
    "move_mount": (429, -100, b"/tmp", -100, b"/tmp", 0),
    "fanotify_init": (300, 0, 0),
    "iopl": (172, 3),
    "reboot": (169, 0xFEE1DEAD, 672274793, 0),
    "swapon": (167, b"/tmp/x", 0),
    "acct": (163, 0),
    "quotactl": (179, 0, 0, 0, 0),
    "syslog": (103, 3, 0, 0),
    "settimeofday": (164, (ctypes.c_long * 2)(1, 0), 0),
    "clock_settime": (227, 0, (ctypes.c_long * 2)(1, 0)),
    "sethostname": (170, b"x", 1),
    "setns": (308, 0, 0),
    "mknod of a disk": (133, b"/tmp/disk", 0o60666, 0x800),
    "vhangup": (153,),
    "memory of another node": (256, 1, 1, 0, 0),
}


def attacked(numbers):
    for name, call in CALLS.items():
        if LIBC.syscall(*call, 0, 0, 0) != -1:
            print("GOT", name)
    return numbers
