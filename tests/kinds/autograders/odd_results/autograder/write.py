"""What autograders that write their results by hand have been seen to write, all at once."""

import os
import pathlib

about = {
    "networks": sorted(os.listdir("/sys/class/net")),
    "uid_map": open("/proc/self/uid_map").read().split(),
    "user": os.getuid(),
    "submission": sorted(path.name for path in pathlib.Path("/autograder/submission").rglob("*")),
    "memory": next(
        (
            p.read_text().strip()
            for p in map(pathlib.Path, ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"))
            if p.exists()
        ),
        "",
    ),
}
raw = """{
  "execution_time": "0.04", "max_score": "5", "made_by": ["hand"], "output": ABOUT, "output_format": "text",
  "stdout_visibility": "after_published",
  "leaderboard": [{"name": "speed", "value": "*****"}, {"name": "size", "value": 12.50, "order": "asc"}],
  "extra_data": {"seen": 1, "ratio": Infinity},
  "tests": [
    {"name": "text scores", "score": "2.5", "max_score": "3.0", "tags": null, "colour": "green"},
    {"name": "not a number", "score": NaN, "max_score": 1},
    {"name": "says so itself", "score": "1", "max_score": "2", "status": "passed", "number": 2},
    {"output": "only words"}
  ]
}"""
import json

pathlib.Path("/autograder/results/results.json").write_text(raw.replace("ABOUT", json.dumps(json.dumps(about))))
