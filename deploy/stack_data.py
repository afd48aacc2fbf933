"""Fill the site of a `Stack`: `python -m deploy.stack_data --students N --tokens FOLDER RUNNER…`.

Makes the demo course, N students with an API token each, one assessment per suite without a limit of tries, and a
token file per runner. Prints the students and their tokens as JSON: a stack is thrown away after its run.
"""

import argparse
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.core.management import call_command

OFFERING = "deep-learning-systems"


def assessment_of(suite: str) -> str:
    """Return the slug of the assessment that a suite grades."""
    return f"stack-{suite}"


def fill(*, students: int, runners: list[str], tokens: Path) -> list[dict[str, str]]:
    """Make everything; return e-mail address and token of each student."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("publish_suites", verbosity=0, stdout=sys.stderr)
    call_command("load_demo", without_class=True, verbosity=0, stdout=sys.stderr)
    for name in runners:
        _register(name, tokens / f"{name}.token")
    _make_assessments()
    return [_make_student(number) for number in range(1, students + 1)]


def _register(name: str, path: Path) -> None:
    from grading.submissions.runner_tokens import register_runner  # noqa: PLC0415  # after django.setup

    path.touch(mode=0o600)
    path.write_text(register_runner(name)[1])


def _make_assessments() -> None:
    from coursehub.common.clock import database_now  # noqa: PLC0415
    from coursehub.courses.models import Offering  # noqa: PLC0415
    from grading.assessments.models import Assessment, SuiteVersion  # noqa: PLC0415

    offering = Offering.objects.get(slug=OFFERING)
    for suite in SuiteVersion.objects.order_by("pk"):
        Assessment.objects.update_or_create(
            offering=offering,
            slug=assessment_of(suite.name),
            defaults={
                "title": f"As often as you like: {suite.name}",
                "max_points": suite.max_points,
                "suite": suite,
                "release_at": database_now() - timedelta(days=1),
                "due_at": database_now() + timedelta(days=30),
                "accepted_patterns": ["*"],
                "required_files": suite.manifest["required_files"],
            },
        )


def _make_student(number: int) -> dict[str, str]:
    from coursehub.accounts.models import TokenScope, User  # noqa: PLC0415
    from coursehub.accounts.services import create_token  # noqa: PLC0415
    from coursehub.courses.models import Offering  # noqa: PLC0415
    from coursehub.courses.services import enroll  # noqa: PLC0415

    email = f"student-{number}@example.edu"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, legal_name=f"Student {number}")
    enroll(Offering.objects.get(slug=OFFERING), user=user, role="student")
    _, token = create_token(user, label="stack", scopes=[TokenScope.READ, TokenScope.SUBMIT])
    return {"email": email, "token": token}


def main() -> None:
    """Read the arguments, fill the site, print the students."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runners", nargs="*")
    parser.add_argument("--students", type=int, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    arguments = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")
    django.setup()
    people = fill(students=arguments.students, runners=arguments.runners, tokens=arguments.tokens)
    sys.stdout.write(json.dumps({"people": people}) + "\n")


if __name__ == "__main__":
    main()
