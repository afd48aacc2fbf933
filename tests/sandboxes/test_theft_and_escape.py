"""What a submission looks for outside of itself is not there, and what it tries is refused."""

# ruff: noqa: E501 - the programs are easier to read on one line

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from runners.conversation import Ending
from tests.sandboxes.attempts import LIMITS, attack, attempt, program
from tests.sandboxes.conftest import CANARY


def test_the_reference_and_expected_values_are_not_there_to_be_found(sandbox):
    found = attack(
        sandbox,
        """
        import gc
        found = [path for top in ("/opt/coursehub", "/job") for path, _, names in os.walk(top) for name in names]
        names = {name for top in ("/opt/coursehub", "/job") for _, _, names in os.walk(top) for name in names}
        held = [o for o in gc.get_objects() if isinstance(o, dict) and "reference" in o]
        return [sorted(n for n in names if "manifest" in n or "reference" in n or n == "cases.py" and 0), len(held)]
        """,
    )

    assert found.answer[0] == []


def test_nothing_of_the_runner_is_in_reach(sandbox):
    listener = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0coursehub-canary-" + str(os.getpid()))
    abstract.listen()
    port = listener.getsockname()[1]

    found = attack(
        sandbox,
        f"""
        reached = []
        for family, address in [
            (socket.AF_INET, ("127.0.0.1", {port})), (socket.AF_INET, ("127.0.0.1", 5432)),
            (socket.AF_INET, ("169.254.169.254", 80)), (socket.AF_INET, ("8.8.8.8", 53)),
            (socket.AF_INET6, ("::1", {port})), (socket.AF_UNIX, "\\0coursehub-canary-{os.getpid()}"),
            (socket.AF_UNIX, "/var/run/docker.sock"), (socket.AF_UNIX, "/run/docker.sock"),
        ]:
            with socket.socket(family) as attempt:
                attempt.settimeout(0.5)
                try: attempt.connect(address)
                except OSError: continue
                reached.append(str(address))
        try: reached.append(socket.getaddrinfo("example.com", 80)[0][4][0])
        except OSError: pass
        return reached
        """,
        seconds=15,
    )
    listener.close()
    abstract.close()

    assert found.answer == []


@pytest.mark.parametrize("family", [40, 38, 17, 16])
def test_unusual_sockets_are_refused(sandbox, family):
    found = attack(sandbox, f"socket.socket({family}, socket.SOCK_RAW if {family} == 17 else socket.SOCK_DGRAM)")

    assert found.first.ending is Ending.RAISED


def test_no_environment_and_no_other_process_can_be_read(sandbox):
    found = attack(
        sandbox,
        """
        seen = [repr(dict(os.environ))]
        for number in filter(str.isdigit, os.listdir("/proc")):
            for name in ("environ", "cmdline", "maps", "mem", "cwd", "root", "fd", "stack"):
                path = f"/proc/{number}/{name}"
                try:
                    if name in ("cwd", "root"): seen.append(os.readlink(path))
                    elif name == "fd": seen.append(repr([os.readlink(f"{path}/{d}") for d in os.listdir(path)]))
                    elif int(number) != os.getpid(): seen.append(open(path, "rb").read(100_000).decode(errors="replace"))
                except OSError: pass
        return "\\n".join(seen)[:100_000]
        """,
    )

    assert CANARY not in found.answer
    assert "SECRET" not in found.answer and "DATABASE" not in found.answer
    assert str(Path.home() / "main") not in found.answer


def test_a_case_has_no_privileges_at_all(sandbox):
    found = attack(sandbox, "return [open('/proc/self/status').read(), os.getgroups(), os.listdir('/proc/self/fd')]")

    status, groups, descriptors = found.answer
    fields = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert "0" not in fields["Uid"].split()
    if os.geteuid() == 0:
        assert groups == []
    # Input, output, errors, the records, and the folder that is being listed.
    assert len(descriptors) <= 5


def test_the_kernel_interfaces_that_nobody_needs_are_refused(sandbox):
    found = attack(
        sandbox,
        """
        calls = {"ptrace": (101, 16, 1), "mount": (165, 0), "unshare user": (272, 0x10000000), "unshare mounts": (272, 0x20000),
                 "setns": (308, 0), "bpf": (321, 0), "perf": (298, 0), "keyctl": (250, 0), "add_key": (248, 0),
                 "io_uring": (425, 4), "userfaultfd": (323, 0), "by handle": (304, 0), "vm_readv": (310, 1),
                 "vm_writev": (311, 1), "pidfd_getfd": (438, 0), "pivot_root": (155, 0), "module": (175, 0), "kexec": (246, 0),
                 "clone user": (56, 0x10000000 | 17), "chroot": (161, b"/tmp"), "kcmp": (312, 1, 1)}
        return [name for name, call in calls.items() if libc.syscall(*call, 0, 0, 0, 0) != -1]
        """,
    )

    assert found.answer == []


def test_clone3_is_absent_so_that_its_flags_cannot_hide(sandbox):
    found = attack(sandbox, "libc.syscall(435, 0, 0)\nreturn ctypes.get_errno()")

    assert found.answer == 38


def test_nothing_can_be_written_but_in_the_small_temporary_folders(sandbox):
    found = attack(
        sandbox,
        """
        written = []
        for top in ("/", "/opt", "/opt/site", "/opt/coursehub", "/opt/python/lib", "/etc", "/usr", "/usr/lib", "/dev", "/job",
                    "/job/submission", "/proc/sys/kernel", "/sys", "/sys/fs/cgroup", "/var/tmp", "/run", "/home", "/root"):
            try:
                with open(f"{top}/written", "w") as file: file.write("x")
                written.append(top)
            except OSError: pass
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/opt/coursehub/gpu_worker/protocol.py"):
            try:
                open(path, "r+").write("x")
                written.append(path)
            except OSError: pass
        return written
        """,
    )  # fmt: skip

    assert found.answer == []


def test_nothing_private_of_the_host_can_be_read(sandbox):
    found = attack(
        sandbox,
        """
        read = []
        for path in ("/etc/shadow", "/root/.bashrc", "/home", "/var/run/docker.sock", "/work", "/var/lib", "/sys/kernel/debug"):
            try: read.append(repr(os.listdir(path)) if os.path.isdir(path) else open(path).read())
            except OSError: pass
        os.symlink("/etc/shadow", "/tmp/link")
        try: read.append(open("/tmp/link").read())
        except OSError: pass
        try: open("/proc/1/root/etc/shadow").read(); read.append("root")
        except OSError: pass
        return [text for text in read if text not in ("[]",)]
        """,
    )

    assert not [text for text in found.answer if "root:" in text or "main" in text or text == "root"]


def test_a_forbidden_package_is_absent_not_hidden(sandbox):
    found = attack(
        sandbox,
        """
        import importlib.util
        sys.path += ["/usr/lib/python3/dist-packages", "/usr/local/lib/python3.11/site-packages",
                     "/opt/python/lib/python3.11/site-packages", "/opt/site"]
        importlib.invalidate_caches()
        found = [name for name in ("torch", "scipy", "jax", "pytest", "django", "celery") if importlib.util.find_spec(name)]
        files = [path for top in ("/opt", "/usr", "/lib") for path, _, _ in os.walk(top) if path.endswith("/torch")]
        return [found, files]
        """,
        seconds=30,
    )

    assert found.answer == [[], []]


def test_one_submission_sees_nothing_of_another_one(sandbox):
    hide = program(
        """
        for path in ("/tmp/canary", "/dev/shm/canary"):
            with open(path, "w") as file: file.write("canary-of-another")
        key = libc.shmget(0x1234, 4096, 0o1666)
        threading.Thread(target=time.sleep, args=(3,)).start()
        time.sleep(3)
        return key
        """
    )
    seek = program(
        """
        seen = [path for path in ("/tmp/canary", "/dev/shm/canary") if os.path.exists(path)]
        if libc.shmget(0x1234, 4096, 0o666) != -1: seen.append("shared memory")
        for path, _, names in os.walk("/job"):
            for name in names:
                if b"-".join([b"canary", b"of", b"another"]) in open(os.path.join(path, name), "rb").read(): seen.append(name)
        seen += [number for number in os.listdir("/proc") if number.isdigit() and b"other" in open(f"/proc/{number}/cmdline", "rb").read()]
        return seen
        """
    )  # fmt: skip

    with ThreadPoolExecutor(2) as threads:
        hidden = threads.submit(attempt, sandbox, hide, seconds=8)
        time.sleep(1.5)
        sought = threads.submit(attempt, sandbox, seek)

    assert hidden.result().first.ending is Ending.DONE
    assert sought.result().answer == []


def test_a_case_sees_nothing_of_the_case_before_it(sandbox):
    source = (
        "import os\n"
        "def attack():\n"
        "    seen = sorted(os.listdir('/tmp') + os.listdir('/dev/shm'))\n"
        "    open('/tmp/note', 'w').close(); open('/dev/shm/note', 'w').close()\n"
        "    globals()['kept'] = True\n"
        "    return seen\n"
    )

    found = attempt(sandbox, source, cases=("attack", "attack"))

    assert [case.records[0].value for case in found.run.cases] == [[], []]


def test_nothing_of_a_case_can_be_kept_from_the_wipe(sandbox):
    source = (
        "import os\n"
        "def attack():\n"
        "    seen = os.listdir('/tmp') + os.listdir('/dev/shm')\n"
        "    for top in ('/tmp', '/dev/shm'):\n"
        "        os.makedirs(top + '/a/b/c')\n"
        "        open(top + '/a/b/note', 'w').close(); open(top + '/a/b/c/note', 'w').close()\n"
        "        [os.chmod(top + path, 0) for path in ('/a/b/c', '/a/b', '/a')]\n"
        "    os.chdir('/tmp')\n"
        "    for _ in range(980):\n"
        "        os.mkdir('d' * 200); os.chdir('d' * 200)\n"
        "    return seen\n"
    )
    limits = replace(LIMITS, tmp_inodes=4096)

    found = attempt(sandbox, source, cases=("attack", "attack"), limits=limits)

    assert [[record.value for record in case.records] for case in found.run.cases] == [[[]], [[]]]


def test_a_folder_that_a_case_closes_is_open_to_the_next_one(sandbox):
    source = "import os\ndef attack():\n    try: os.chmod('/tmp', 0)\n    except OSError: pass\n    return 42\n"

    assert attempt(sandbox, source).case("good").ending is Ending.DONE


def test_no_shared_memory_semaphore_or_queue_outlives_its_case(sandbox):
    found = attack(
        sandbox,
        """
        made = [libc.shmget(7, 4096, 0o1600), libc.semget(7, 1, 0o1600), libc.msgget(7, 0o1600)]
        import multiprocessing.shared_memory
        shared = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
        shared.close()
        return made
        """,
    )

    assert found.answer == [-1, -1, -1]
