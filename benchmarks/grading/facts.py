"""Run inside a stack's site: print when the first case of each submission began, in seconds since 1970."""

import json
import os
import sys

import django


def starts(submissions: list[int]) -> dict[int, float]:
    """Return submission id -> the moment, by the site's claim and the runner's own clock from there on."""
    from grading.submissions.models import GradingResult  # noqa: PLC0415  # after django.setup

    found = {}
    for result in GradingResult.objects.filter(job__submission__in=submissions).select_related("job"):
        # The runner counts from the claim; a check is told when it has ended.
        ended = result.provenance["phase_seconds"]["first_check"]
        took = result.checks.order_by("order").values_list("seconds", flat=True)[0]
        if result.job.claimed_at is not None:
            found[result.job.submission_id] = result.job.claimed_at.timestamp() + ended - took
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")
    django.setup()
    sys.stdout.write(json.dumps(starts([int(number) for number in sys.argv[1:]])))
