"""A student's program: hand in through the API until it is received, and poll until it is graded."""

import io
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from deploy.stack import Person, Stack, StackBroken
from deploy.stack_data import OFFERING, assessment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A submission that the site said it has."""

    id: int
    key: str
    attempts: int
    """How often it was sent until the site answered 201."""
    answer_seconds: float
    """How long the answer took that said so."""


class StudentClient:
    """One student at one stack. Not shared among threads."""

    def __init__(self, stack: Stack, person: Person) -> None:
        self._base = f"{stack.address}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {person.token}"

    def submit(self, suite: str, files: Mapping[str, bytes], *, seconds: float = 60.0) -> Received:
        """Hand in, with the same key again and again until it is received. Raises ``StackBroken``."""
        key = uuid.uuid4().hex
        url = f"{self._base}/offerings/{OFFERING}/assessments/{assessment_of(suite)}/submissions/"
        deadline = time.monotonic() + seconds
        attempts, said = 0, "nothing"
        while time.monotonic() < deadline:
            attempts += 1
            begin = time.monotonic()
            try:
                parts = [("files", part) for part in _parts(files)]
                answer = self._session.post(url, files=parts, headers={"Idempotency-Key": key}, timeout=20)
            except requests.RequestException as error:
                said = str(error)
            else:
                if answer.status_code == requests.codes.created:
                    took = time.monotonic() - begin
                    return Received(id=answer.json()["id"], key=key, attempts=attempts, answer_seconds=took)
                said = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < requests.codes.server_error:
                    break
            time.sleep(0.2)
        message = f"The site did not receive a submission; it said: {said}"
        raise StackBroken(message)

    def state(self, submission_id: int) -> dict[str, Any]:
        """Return what the API says about a submission now. Raises ``requests.RequestException``."""
        answer = self._session.get(f"{self._base}/submissions/{submission_id}/", timeout=20)
        answer.raise_for_status()
        return dict(answer.json())

    def wait_until_final(self, submission_id: int, *, seconds: float = 120.0, pause: float = 0.02) -> dict[str, Any]:
        """Poll until the submission is in a final state, and return it. Raises ``StackBroken``."""
        deadline = time.monotonic() + seconds
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                state = self.state(submission_id)
            except requests.RequestException:
                time.sleep(0.3)
                continue
            if state["is_final"]:
                return state
            time.sleep(pause)
        message = f"Submission {submission_id} is not final after {seconds:.0f} s: {state}"
        raise StackBroken(message)


def _parts(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    """Return what is sent: the files, or one archive of them where they are in folders, which a form does not tell."""
    if not any("/" in path for path in files):
        return list(files.items())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for path, content in files.items():
            packed.writestr(path, content)
    return [("work.zip", archive.getvalue())]
