"""A browser for each test, and the real stack once for all of them."""

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from deploy.stack import free_port
from tests.browser.journey import ROOT, chromium
from tests.conftest import require

UP_SECONDS = 150


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that really grades: ``JOURNEY_URL`` where set, else a demo started for these tests."""
    if given := os.environ.get("JOURNEY_URL"):
        yield given.rstrip("/")
        return
    require("bubblewrap")
    port = free_port()
    command = [sys.executable, ROOT / "deploy/demo.py", "--port", str(port)]
    log = tmp_path_factory.mktemp("demo") / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--state", log.parent / "state"], stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_up(process, f"http://127.0.0.1:{port}/healthz", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    require("chromium")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # Playwright keeps an event loop in this thread; Django would take our test's own queries for those of a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as running:
        yield running
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window of its own, with nothing remembered."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


def _wait_until_up(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    pause = threading.Event()
    for _ in range(UP_SECONDS * 2):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            pause.wait(0.5)
    pytest.fail(f"The stack did not come up. Its log ends with:\n{log.read_text()[-4_000:]}", pytrace=False)
