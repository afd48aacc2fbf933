"""A small real HTTP server that keeps jobs and leases as the site does, and fails on request."""

import io
import json
import threading
import time
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from runners.protocol import RunRequest, folder_digest

TOKEN = "a-runner-token"
FILES = {"needle.py": b"print('hello')\n", "parts/ops.py": b"x = 1\n"}

METADATA = {
    "id": 11,
    "created_at": "2026-09-01T10:00:00.000000-04:00",
    "assignment_id": 7,
    "assignment": {
        "id": 7,
        "course_id": 1,
        "title": "Homework 1",
        "due_date": None,
        "late_due_date": None,
        "release_date": None,
        "group_size": None,
        "group_submission": False,
        "total_points": "20.0",
    },
    "submission_method": "upload",
    "users": [{"email": "ada@example.edu", "id": 3, "name": "Ada"}],
    "previous_submissions": [
        {"submission_time": "2026-08-30T10:00:00.000000-04:00", "score": 1.0, "autograder_error": False},
        {
            "submission_time": "2026-08-31T10:00:00.000000-04:00",
            "score": 2.0,
            "autograder_error": False,
            "results": {"score": 2.0, "tests": []},
        },
    ],
}


def zipped(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return whole.getvalue()


class FakeSite:
    """What the site knows: a queue, the live lease of each job, and everything that it was told."""

    def __init__(self) -> None:
        self.queue: list[RunRequest] = []
        self.live: dict[int, int] = {}
        self.told: list[tuple[str, int, dict]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.claims: list[dict] = []
        self.connections: set[tuple[str, int]] = set()
        self.bundle = zipped(FILES)
        self.fail: dict[str, list[int | str]] = {}
        """Last part of the path -> how to answer next: a status, "hang" or "cut"."""
        self.hangs_until = threading.Event()
        """What answers "hang" waits for: nothing that a test asks of it may need an answer before."""
        self.url = ""

    def add_job(self, job_id: int = 1, **changes: object) -> RunRequest:
        job = RunRequest(
            **{
                "job_id": job_id,
                "lease_token": 100 + job_id,
                "lease_seconds": 30,
                "run": 1,
                "submission_id": 10 + job_id,
                "suite_name": "autodiff",
                "suite_digest": "d1",
                "bundle_sha256": folder_digest(FILES.items()),
            }
            | changes
        )
        self.queue.append(job)
        return job

    def told_of(self, kind: str) -> list[dict]:
        return [body for said, _, body in self.told if said == kind]

    @contextmanager
    def serving(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            self.hangs_until.set()
            server.shutdown()
            server.server_close()
            thread.join()


def until(condition, seconds: float = 30.0) -> None:
    """Wait until something is so, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def _handler(site: FakeSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"])))

        def _serve(self, body: bytes) -> None:
            site.connections.add(self.client_address)
            site.requests.append((self.command, self.path, dict(self.headers)))
            kind = self.path.rpartition("/")[2]
            planned = site.fail.get(kind)
            match planned.pop(0) if planned else None:
                case "hang":
                    site.hangs_until.wait(60)
                    self.close_connection = True
                    return
                case "cut":
                    self.close_connection = True
                    return
                case int() as status:
                    self._answer(status, b'{"title": "as planned"}')
                    return
            if self.headers.get("Authorization") != f"Runner {TOKEN}":
                self._answer(401, b"{}")
            elif "/suite-checks/" in self.path:
                self._answer(204, b"")  # nobody has uploaded a suite; the question is no claim of a job
            elif kind == "claim":
                self._claim(json.loads(body))
            elif kind == "bundle":
                self._bundle()
            elif kind == "metadata":
                self._metadata()
            else:
                self._told(kind, json.loads(body))

        def _claim(self, asked: dict) -> None:
            site.claims.append(asked)
            if not site.queue:
                self._answer(204, b"")
                return
            job = site.queue.pop(0)
            site.live[job.job_id] = job.lease_token
            self._answer(200, job.model_dump_json().encode())

        def _bundle(self) -> None:
            job_id = int(self.path.split("/")[3])
            is_live = self.headers["X-Lease-Token"] == str(site.live.get(job_id))
            self._answer(200 if is_live else 409, site.bundle if is_live else b"{}")

        def _metadata(self) -> None:
            is_live = self.headers["X-Lease-Token"] == str(site.live.get(int(self.path.split("/")[3])))
            self._answer(200 if is_live else 409, json.dumps(METADATA).encode() if is_live else b"{}")

        def _told(self, kind: str, body: dict) -> None:
            job_id = int(self.path.split("/")[3])
            is_live = site.live.get(job_id) == body["lease_token"]
            site.told.append((kind if is_live else f"late {kind}", job_id, body))
            if kind == "events":
                answer = {"held": is_live}
            else:
                site.live.pop(job_id, None) if is_live else None
                answer = {"accepted": is_live, "reason": ""} if kind == "report" else {"held": is_live}
            self._answer(200, json.dumps(answer).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
