"""Checks of suites that the site asks for: claim one, look at the suite in a jail, say what there is to say.

A check ends like a job: with a report, or because its lease is lost, or with ``fault`` where something of ours broke,
or with ``release`` because this host stops. A thread of its own keeps the lease and passes on how far it is.
"""

import logging
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from runners.bundles import BundleInvalid, unpack_bundle
from runners.library import write_files
from runners.protocol import HEARTBEAT_SECONDS, ClaimRequest
from runners.runs import Stopped
from runners.sandboxes import Sandbox, SandboxFault
from runners.site_client import LeaseLost, SiteClient, SiteError, SiteRefused, SiteUnavailable
from runners.suite_protocol import ExampleReport, SuiteCheckEvent, SuiteCheckReport, SuiteCheckRequest
from runners.validation import validate

OUR_FAULT = "Something of ours broke while this suite was looked at. It will be tried again."
LONGEST_SECONDS = 3_600.0

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class HeldCheck:
    """A claimed check. A context manager: inside, a thread keeps the lease."""

    def __init__(self, client: SiteClient, check: SuiteCheckRequest) -> None:
        self.check = check
        self.stopped = threading.Event()
        """Set: kill the jail."""
        self.lost = False
        self._client = client
        self._confirmed_at = self._claimed_at = time.monotonic()
        self._changed = threading.Condition()
        self._event = SuiteCheckEvent(lease_token=check.lease_token)
        self._unsent = False
        self._has_ended = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._keep, name=f"lease-of-check-{self.check.check_id}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._has_ended = True
            self._changed.notify()

    def note(self, done: Sequence[ExampleReport], total: int) -> None:
        """Pass on how far it is."""
        with self._changed:
            self._event = SuiteCheckEvent(lease_token=self.check.lease_token, total=total, examples=tuple(done))
            self._unsent = True
            self._changed.notify()

    def is_surely_gone(self) -> bool:
        """Whether the lease must have run out by now, as far as this host can know."""
        return self.lost or time.monotonic() > self._confirmed_at + self.check.lease_seconds

    @property
    def is_overdue(self) -> bool:
        """Whether it took longer than a check ever may."""
        return time.monotonic() > self._claimed_at + LONGEST_SECONDS

    def _keep(self) -> None:
        pause = min(HEARTBEAT_SECONDS, self.check.lease_seconds / 3)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._has_ended or self._unsent, pause)
                if self._has_ended:
                    return
                self._unsent = False
                event = self._event
            if self.is_overdue:
                self.stopped.set()
                return
            try:
                self._client.check_event(self.check, event)
                self._confirmed_at = time.monotonic()
            except SiteUnavailable as error:
                log.warning("Check %s: an event did not arrive. %s", self.check.check_id, error)
            except SiteError as error:
                if not self._has_ended:
                    log.warning("Check %s: the lease is lost. %s", self.check.check_id, error)
                self.lost = True
                self.stopped.set()
                return


class SuiteChecker:
    """Looks at suites for the site, one at a time per slot."""

    def __init__(self, client: SiteClient, sandbox: Sandbox) -> None:
        self._client = client
        self._sandbox = sandbox

    def claim(self, request: ClaimRequest) -> HeldCheck | None:
        """Ask for a suite to look at; None where there is none. Raises ``SiteError``."""
        check = self._client.claim_check(request)
        return None if check is None else HeldCheck(self._client, check)

    def serve(self, held: HeldCheck, *, closing: threading.Event) -> bool:
        """See one check through to its end, inside ``with held``. False: something of ours broke, or we stop."""
        try:
            self._hand_in(held, self._look(held))
        except LeaseLost as error:
            log.warning("Check %s: %s", held.check.check_id, error)
        except Stopped:
            return self._give_up(held)
        except (SandboxFault, BundleInvalid, SiteUnavailable, SiteRefused) as error:
            if closing.is_set():
                return self._give_up(held)
            sentence = error.sentence if isinstance(error, SandboxFault) else OUR_FAULT
            self._tell_fault(held, sentence, error.detail if isinstance(error, SandboxFault) else str(error))
            return False
        except Exception:
            # The outermost loop of a slot.
            log.exception("Check %s broke", held.check.check_id)
            self._tell_fault(held, OUR_FAULT, traceback.format_exc())
            return False
        return True

    def _look(self, held: HeldCheck) -> SuiteCheckReport:
        content = self._patiently(held, lambda: self._client.check_files(held.check))
        files = unpack_bundle(content, sha256=held.check.files_sha256)
        with tempfile.TemporaryDirectory(prefix="coursehub-suite-") as place:
            folder = Path(place) / held.check.suite_name
            write_files(folder, files)
            return validate(folder, self._sandbox, makes_manifest=True, on_example=held.note, stopped=held.stopped)

    def _hand_in(self, held: HeldCheck, report: SuiteCheckReport) -> None:
        answer = self._patiently(held, lambda: self._client.check_report(held.check, report))
        if answer.accepted:
            log.info("Check %s: reported", held.check.check_id)
        else:
            log.warning("Check %s: the report was refused: %s", held.check.check_id, answer.reason)

    def _give_up(self, held: HeldCheck) -> bool:
        if held.lost:
            return True
        if held.is_overdue:
            self._tell_fault(held, OUR_FAULT, f"The check took longer than {LONGEST_SECONDS:.0f} s and was ended.")
            return False
        with suppress(SiteError):
            self._client.check_release(held.check)
        return False

    def _tell_fault(self, held: HeldCheck, sentence: str, detail: str) -> None:
        log.error("Check %s: %s %s", held.check.check_id, sentence, detail)
        try:
            self._patiently(held, lambda: self._client.check_fault(held.check, sentence=sentence, detail=detail))
        except SiteError as error:
            log.warning("Check %s: the fault could not be told. %s", held.check.check_id, error)

    def _patiently(self, held: HeldCheck, call: Callable[[], Result]) -> Result:
        pause = 0.1
        while True:
            try:
                return call()
            except SiteUnavailable:
                if held.is_surely_gone() or held.stopped.wait(pause):
                    raise
                pause = min(2.0, pause * 2)
