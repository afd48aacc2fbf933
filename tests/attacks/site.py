"""The site's part of an attack: the submission is handed in, its report arrives, and its author looks at the page."""

import uuid

from django.test import Client
from django.urls import reverse

from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.models import GradeEvent
from grading.submissions import services
from grading.submissions.models import GradingJob, JobState, RefusedReport
from grading.submissions.uploads import Upload
from runners.bundles import unpack_bundle
from runners.protocol import MAX_REPORT_BYTES, ClaimRequest, Lane, ReportRequest, RunRequest
from runners.site_client import shortened
from tests.attacks.arena import Arena, Graded
from tests.attacks.catalogue import Attack
from tests.factories import make_assessment, make_offering, make_runner
from tests.people import person


def check_report(arena: Arena, attack: Attack, run: Graded) -> None:
    """Assert I7, and I3 for everything that the student sees on the site."""
    files = {name: arena.canaries.filled(content) for name, content in attack.files.items()}
    homework = _homework(arena)
    ada = person("ada")
    submission = services.submit(
        homework,
        by=ada,
        uploads=[Upload(path=path, content=content) for path, content in sorted(files.items())],
        idempotency_key=uuid.uuid4().hex,
        pledge_signature="",
    )
    runner, token = make_runner()
    caller = Client(headers={"Authorization": f"Runner {token}"})
    job = _claim(caller, arena)
    bundle = caller.get(f"/internal/jobs/{job.job_id}/bundle", headers={"X-Lease-Token": str(job.lease_token)})
    assert unpack_bundle(bundle.content, sha256=job.bundle_sha256) == files

    stale = ReportRequest(lease_token=job.lease_token - 1, report=shortened(run.report))
    assert _send(caller, job, stale)["accepted"] is False
    held = ReportRequest(lease_token=job.lease_token, report=shortened(run.report))
    assert _send(caller, job, held)["accepted"] is True, "I7"
    _send(caller, job, held)  # again, as a runner does that had no answer

    finished = GradingJob.objects.get(submission=submission)
    assert (finished.state, finished.runner, finished.lease_token) == (JobState.FINISHED, runner, job.lease_token), "I7"
    events = GradeEvent.objects.filter(submission=submission)
    assert [event.points for event in events] == [run.points], "I7"
    assert RefusedReport.objects.filter(job=finished).exists()

    student = Client()
    student.force_login(ada)
    for name in ("submission", "api_submission", "api_report"):
        answer = student.get(reverse(name, args=[submission.pk]))
        assert answer.status_code == 200, (name, answer.status_code)
        page = answer.content.decode()
        assert arena.canaries.seen_in(page) == [], f"I3: {name}"
        assert name != "submission" or not any(tag in page for tag in ("<script>alert", "<img src=x"))
        assert run.report.seed not in page, "the seed is for staff"


def _homework(arena: Arena) -> Assessment:
    manifest = arena.suite.manifest
    suite, is_new = SuiteVersion.objects.get_or_create(
        name=manifest.name,
        digest=arena.suite.digest,
        defaults={
            "title": manifest.title,
            "lane": manifest.lane.value,
            "max_points": manifest.max_points,
            "manifest": manifest.model_dump(mode="json"),
        },
    )
    if not is_new:
        return Assessment.objects.get(suite=suite)
    return make_assessment(make_offering(), suite=suite, accepted_patterns=[], required_files=["work.py"], tries=None)


def _claim(caller: Client, arena: Arena) -> RunRequest:
    manifest = arena.suite.manifest
    request = ClaimRequest(lane=Lane.CPU, slots=1, suites={manifest.name: arena.suite.digest}, sandbox=arena.name)
    answer = caller.post("/internal/claim", request.model_dump_json(), content_type="application/json")
    return RunRequest.model_validate_json(answer.content)


def _send(caller: Client, job: RunRequest, report: ReportRequest) -> dict[str, object]:
    body = report.model_dump_json().encode()
    assert len(body) <= MAX_REPORT_BYTES
    answer = caller.post(f"/internal/jobs/{job.job_id}/report", body, content_type="application/json")
    assert answer.status_code == 200, answer.content[:500]
    return answer.json()
