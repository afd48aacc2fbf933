"""A01: write a results file while being imported, and leave

Stopped by: no results file is ever read; a verdict comes only from values that are compared outside.
Expect: refused
Points: 0
"""

import json
import os

RESULTS = {"score": 100, "tests": [{"name": "attacked", "score": 6, "max_score": 6, "status": "passed"}]}

for folder in ("/tmp", "/job", "/job/submission", "/autograder/results", "."):
    try:
        with open(f"{folder}/results.json", "w") as file:
            json.dump(RESULTS, file)
    except OSError:
        continue
os._exit(0)
