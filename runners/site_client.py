"""Speak with the site: every call is one typed message there and one typed answer back.

What is sent again and what is not: reading a bundle, an event, a report, a fault and a release may be repeated,
because the site applies each at most once per lease token. A claim is never repeated by this client: an answer
that was lost has already leased a job to this host, and asking again would lease a second one.
"""

from typing import Any, TypeVar
from urllib.parse import quote

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter

from runners.bundles import MAX_BUNDLE_BYTES, BundleInvalid
from runners.protocol import (
    MAX_REPORT_BYTES,
    CheckReport,
    ClaimRequest,
    EventAnswer,
    FaultRequest,
    JobEvent,
    Message,
    ReleaseRequest,
    ReportAnswer,
    ReportRequest,
    RunReport,
    RunRequest,
    SubmissionMetadata,
)
from runners.suite_protocol import SuiteCheckEvent, SuiteCheckReport, SuiteCheckReportRequest, SuiteCheckRequest

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
SHORT_SENTENCE = 500
Answer = TypeVar("Answer", bound=Message)


class SiteError(Exception):
    """The site did not do what it was asked."""


class SiteUnavailable(SiteError):
    """No answer, or one that says "later": the same call may succeed soon."""


class SiteRefused(SiteError):
    """The site understood and said no; the same call will not succeed by being repeated."""


class LeaseLost(SiteError):
    """The job belongs to somebody else by now: stop, and write nothing."""


class SiteClient:
    """One runner's door to the site. Safe to use from several threads."""

    def __init__(self, site_url: str, token: str, *, connections: int = 8) -> None:
        self.site_url = site_url.rstrip("/")
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        # Proxies are looked up once: doing it for every request costs more than the request.
        self._session.proxies.update(requests.utils.get_environ_proxies(self.site_url))
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Runner {token}"

    def claim(self, request: ClaimRequest) -> RunRequest | None:
        """Return the next job for this host, or None when there is nothing to do."""
        response = self._post("/internal/claim", request, repeat=False)
        return None if response.status_code == requests.codes.no_content else _parsed(response, RunRequest)

    def bundle(self, job: RunRequest) -> bytes:
        """Return the submission's ZIP. Raises ``LeaseLost``."""
        return self._download(f"/internal/jobs/{job.job_id}/bundle", lease_token=job.lease_token)

    def suite(self, digest: str) -> bytes:
        """Return the ZIP of the files that a suite is graded with. Raises ``SiteRefused`` where the site has none."""
        try:
            return self._download(f"/internal/suites/{digest}")
        except LeaseLost as error:
            message = f"The site has no suite with the digest {digest}."
            raise SiteRefused(message) from error

    def metadata(self, job: RunRequest) -> dict[str, Any]:
        """Return what a Gradescope autograder reads as ``submission_metadata.json``. Raises ``LeaseLost``."""
        path = f"/internal/jobs/{job.job_id}/metadata"
        headers = {"X-Lease-Token": str(job.lease_token)}
        found = _parsed(self._ask("GET", path, headers=headers, repeat=True), SubmissionMetadata)
        # A field that the site left out stays out: only the latest earlier submission has its results.
        return found.model_dump(mode="json", exclude_unset=True)

    def event(self, job: RunRequest, event: JobEvent, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        """Say where a job is, which also keeps its lease. Raises ``LeaseLost``."""
        response = self._post(f"/internal/jobs/{job.job_id}/events", event, answer_seconds=answer_seconds)
        _check_held(response)

    def report(self, job: RunRequest, report: RunReport) -> ReportAnswer:
        """Hand in the verdict; the answer says whether it counts."""
        request = ReportRequest(lease_token=job.lease_token, report=shortened(report))
        return _parsed(self._post(f"/internal/jobs/{job.job_id}/report", request), ReportAnswer)

    def fault(self, job: RunRequest, *, sentence: str, detail: str) -> None:
        """Say that something of ours broke, so that the job runs again. Raises ``LeaseLost``."""
        request = FaultRequest(lease_token=job.lease_token, sentence=sentence[:2_000], detail=detail[-20_000:])
        _check_held(self._post(f"/internal/jobs/{job.job_id}/fault", request))

    def release(self, job: RunRequest, *, answer_seconds: float = 1.0) -> None:
        """Give the job back unharmed because this host stops. Raises ``LeaseLost``."""
        request = ReleaseRequest(lease_token=job.lease_token)
        response = self._post(f"/internal/jobs/{job.job_id}/release", request, answer_seconds=answer_seconds)
        _check_held(response)

    def claim_check(self, request: ClaimRequest) -> SuiteCheckRequest | None:
        """Return the next suite to look at, or None when there is none."""
        response = self._post("/internal/suite-checks/claim", request, repeat=False)
        return None if response.status_code == requests.codes.no_content else _parsed(response, SuiteCheckRequest)

    def check_files(self, check: SuiteCheckRequest) -> bytes:
        """Return the ZIP of all files of the suite to look at. Raises ``LeaseLost``."""
        return self._download(f"/internal/suite-checks/{check.check_id}/files", lease_token=check.lease_token)

    def check_event(self, check: SuiteCheckRequest, event: SuiteCheckEvent) -> None:
        """Say how far a check is, which also keeps its lease. Raises ``LeaseLost``."""
        _check_held(self._post(f"/internal/suite-checks/{check.check_id}/events", event))

    def check_report(self, check: SuiteCheckRequest, report: SuiteCheckReport) -> ReportAnswer:
        """Hand in what there is to say about a suite; the answer says whether it counts."""
        request = SuiteCheckReportRequest(lease_token=check.lease_token, report=report)
        return _parsed(self._post(f"/internal/suite-checks/{check.check_id}/report", request), ReportAnswer)

    def check_fault(self, check: SuiteCheckRequest, *, sentence: str, detail: str) -> None:
        """Say that something of ours broke, so that the check runs again. Raises ``LeaseLost``."""
        request = FaultRequest(lease_token=check.lease_token, sentence=sentence[:2_000], detail=detail[-20_000:])
        _check_held(self._post(f"/internal/suite-checks/{check.check_id}/fault", request))

    def check_release(self, check: SuiteCheckRequest) -> None:
        """Give a check back unharmed because this host stops. Raises ``LeaseLost``."""
        request = ReleaseRequest(lease_token=check.lease_token)
        _check_held(self._post(f"/internal/suite-checks/{check.check_id}/release", request, answer_seconds=1.0))

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _download(self, path: str, *, lease_token: int | None = None) -> bytes:
        headers = {} if lease_token is None else {"X-Lease-Token": str(lease_token)}
        with self._ask("GET", path, headers=headers, stream=True, repeat=True) as response:
            content = bytearray()
            try:
                for part in response.iter_content(1 << 16):
                    content += part
                    if len(content) > MAX_BUNDLE_BYTES:
                        message = f"The bundle is larger than {MAX_BUNDLE_BYTES} bytes."
                        raise BundleInvalid(message)
            except requests.RequestException as error:
                message = f"The bundle broke off: {error}."
                raise SiteUnavailable(message) from error
        return bytes(content)

    def _post(
        self, path: str, message: Message, *, repeat: bool = True, answer_seconds: float = ANSWER_SECONDS
    ) -> requests.Response:
        headers = {"Content-Type": "application/json"}
        body = message.model_dump_json().encode()
        return self._ask("POST", path, headers=headers, body=body, repeat=repeat, answer_seconds=answer_seconds)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        repeat: bool,
        body: bytes | None = None,
        stream: bool = False,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> requests.Response:
        # A second time at once, for a kept connection that the site had just closed; patience is the caller's matter.
        for is_last in (False, True) if repeat else (True,):
            try:
                response = self._session.request(
                    method,
                    self.site_url + quote(path),
                    headers=headers,
                    data=body,
                    stream=stream,
                    timeout=(min(CONNECT_SECONDS, answer_seconds), answer_seconds),
                    allow_redirects=False,
                )
            except requests.Timeout as error:
                message = f"{self.site_url} did not answer {method} {path} in time."
                raise SiteUnavailable(message) from error
            except requests.RequestException as error:
                if not is_last:
                    continue
                message = f"{self.site_url} cannot be reached: {error}."
                raise SiteUnavailable(message) from error
            _check_status(response, f"{method} {path}")
            return response
        raise AssertionError  # pragma: no cover  # the loop returns or raises


def shortened(report: RunReport) -> RunReport:
    """Return the report, with less of what the submission said where it would be larger than the site accepts.

    Captured output is shortened first; where even none of it is not enough, so are the values and the sentences.
    """
    room = MAX_REPORT_BYTES - 4_096
    most = 131_072
    while most > 0 and len(report.model_dump_json().encode()) > room:
        most //= 2
        report = report.model_copy(update={"checks": [_check_with(check, output=most) for check in report.checks]})
    if len(report.model_dump_json().encode()) > room:
        checks = [_check_with(check, output=0, sentence=SHORT_SENTENCE, details=0) for check in report.checks]
        report = report.model_copy(update={"checks": checks})
    return report


def _check_with(check: CheckReport, *, output: int, sentence: int = 2_000, details: int = 20) -> CheckReport:
    return check.model_copy(
        update={
            "output": check.output[:output],
            "message": check.message[:sentence],
            "hint": check.hint[:sentence],
            "details": check.details[:details],
        }
    )


def _check_status(response: requests.Response, call: str) -> None:
    status = response.status_code
    if status in {requests.codes.ok, requests.codes.no_content}:
        return
    said = " ".join(response.text[:300].split())
    response.close()
    if status == requests.codes.unauthorized:
        message = "The site does not know this runner's token. Register the runner again and restart it."
        raise SiteRefused(message)
    if status in {requests.codes.conflict, requests.codes.not_found}:
        message = f"The site answered {status} to {call}: {said}"
        raise LeaseLost(message)
    if status >= requests.codes.server_error or status in {requests.codes.too_many, requests.codes.request_timeout}:
        message = f"The site answered {status} to {call}."
        raise SiteUnavailable(message)
    message = f"The site refused {call} with {status}: {said}"
    raise SiteRefused(message)


def _check_held(response: requests.Response) -> None:
    if not _parsed(response, EventAnswer).held:
        message = "The site says that this lease is no longer the live one."
        raise LeaseLost(message)


def _parsed(response: requests.Response, kind: type[Answer]) -> Answer:
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        message = f"{response.url} answered with something that is no {kind.__name__}: {error.error_count()} errors."
        raise SiteRefused(message) from error
