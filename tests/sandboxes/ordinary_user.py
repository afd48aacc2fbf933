"""A program for test_ordinary_user.py: opens bubblewrap as whoever runs it, and prints what a few programs got."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from runners.sandboxes import choose_sandbox
from tests.sandboxes.attempts import GOOD, attempt

PROGRAMS = {
    "good": "return 42",
    "status": "return [open('/proc/self/status').read(), os.listdir('/proc')]",
    "fork bomb": "while True:\n        try: os.fork()\n        except OSError: pass",
    "kill": (
        "for number in map(int, filter(str.isdigit, os.listdir('/proc'))):\n"
        "        for sign in (19, 9, 2, 10):\n"
        "            if number != os.getpid():\n"
        "                try: os.kill(number, sign)\n"
        "                except OSError: pass\n"
        "    return 42"
    ),
    "session": (
        "seen = []\n"
        "    for name in ('mem', 'environ', 'maps', 'fd/0', 'fd/3'):\n"
        "        try: open(f'/proc/1/{name}', 'rb').read(10); seen.append(name)\n"
        "        except OSError: pass\n"
        "    return seen"
    ),
    "memory": "kept = []\n    while True: kept.append(bytearray(1 << 24))",
    "memory of many": (
        "for _ in range(6):\n"
        "        if os.fork() == 0: break\n"
        "    kept = bytearray(b'x') * (150 << 20)\n"
        "    time.sleep(99)"
    ),
    "writes": (
        "written = []\n"
        "    for top in ('/', '/opt', '/opt/site', '/dev', '/etc', '/usr', '/opt/python/lib/python3.11'):\n"
        "        try: open(f'{top}/written', 'w').close(); written.append(top)\n"
        "        except OSError: pass\n"
        "    return written"
    ),
    "namespaces": "return [ctypes.CDLL(None).unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000)]",
    "closed folders": "os.chmod('/tmp', 0); os.chmod('/dev/shm', 0)\n    return 42",
    "leaves": "os.fork() or (os.setsid(), os.fork() or time.sleep(99))\n    return 42",
}


def main() -> None:
    sandbox = choose_sandbox("bubblewrap")
    sandbox.start(["numpy"])
    results = {}
    for name, body in PROGRAMS.items():
        # Whoever meets another limit than time needs as much of that as a busy machine takes.
        seconds = 30.0 if name.startswith("memory") else 2.0
        found = attempt(sandbox, f"import ctypes, os, time\ndef attack():\n    {body}\n", seconds=seconds)
        after = attempt(sandbox, GOOD)
        results[name] = {
            "ending": found.first.ending,
            "answer": found.answer,
            "message": found.first.message,
            "next_case": found.case("good").ending,
            "next_submission": after.answer,
        }
    sandbox.close()
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
