"""`python -m benchmarks NAME [--json]`: measure on an otherwise idle machine."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import gradebook, grading, totals

BENCHMARKS: dict[str, Callable[[Callable[[str], None]], dict[str, Any]]] = {
    "gradebook": gradebook.measure,
    "grading": grading.measure,
    "totals": totals.measure,
}


def main() -> int:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print the figures only, as JSON")
    arguments = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    figures = BENCHMARKS[arguments.name](say)
    print(json.dumps(figures) if arguments.json else json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
