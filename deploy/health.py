"""Ask a site's `/healthz` which parts are up: `python -m deploy.health URL [--part NAME] [--wait SECONDS]`.

Needs nothing but Python, so that a container of any of our images can ask, and `make up` before there is a `.venv`.
"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

TIMEOUT_SECONDS = 4.0
STEP_SECONDS = 0.5


def problems_of(url: str) -> Mapping[str, str]:
    """Return every part with what is wrong with it, empty where nothing is. Raises ``OSError`` where nobody answers."""
    # A site behind a TLS proxy redirects plain HTTP; this question comes from inside.
    request = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})  # noqa: S310  # our own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            body = answer.read()
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        body = error.read()
    try:
        parts = json.loads(body)["parts"]
        return {name: "" if part["up"] else part["detail"] for name, part in parts.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{url} answers, but not as CourseHub does"
        raise OSError(message) from error


def main() -> int:
    """Ask once, or until all is well; return the exit status."""
    parser = argparse.ArgumentParser(description="Ask a site which parts are up.")
    parser.add_argument("url")
    parser.add_argument("--part", help="look at this part only")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to keep asking")
    arguments = parser.parse_args()

    deadline = time.monotonic() + arguments.wait
    while problem := _problem(arguments.url, arguments.part):
        if time.monotonic() >= deadline:
            sys.stderr.write(f"{problem}\n")
            return 1
        time.sleep(STEP_SECONDS)
    sys.stdout.write(f"{arguments.part or 'Every part'} is up: {arguments.url}\n")
    return 0


def _problem(url: str, part: str | None) -> str:
    try:
        problems = problems_of(url)
    except OSError as error:
        return f"The site does not answer: {error}"
    if part is not None:
        return problems.get(part, f"{part} is not known to be up.")
    return " ".join(problem for problem in problems.values() if problem)


if __name__ == "__main__":
    sys.exit(main())
