"""What the API sends: every field by name, nothing by accident."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import everybodys


class OfferingSerializer(serializers.Serializer[Any]):
    """A course as taught in one term."""

    slug = serializers.SlugField()
    code = serializers.CharField(source="course.code")
    title = serializers.CharField(source="course.title")
    term = serializers.CharField(source="term.name")
    timezone = serializers.CharField()


class AssessmentSerializer(serializers.Serializer[Any]):
    """Something to hand in."""

    slug = serializers.SlugField()
    title = serializers.CharField()
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    release_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="For you, extensions counted.")
    closes_at = serializers.DateTimeField(allow_null=True, help_text="For you, extensions counted.")
    class_due_at = serializers.DateTimeField(allow_null=True, help_text="For who has no extension.")
    has_extension = serializers.BooleanField(help_text="Whether your dates are not those of everybody.")
    accepted_patterns = serializers.ListField(child=serializers.CharField())
    required_files = serializers.ListField(child=serializers.CharField())
    max_files = serializers.IntegerField()
    max_file_bytes = serializers.IntegerField()
    max_total_bytes = serializers.IntegerField()
    tries = serializers.IntegerField(allow_null=True, help_text="For you; null: as many as you like.")
    counting_try = serializers.CharField()
    pledge = serializers.CharField()


class OwnDatesSerializer(serializers.Serializer[Any]):
    """When an assessment is due and closes for the reader, extensions counted."""

    due_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    has_extension = serializers.BooleanField(help_text="Whether your dates are not those of everybody.")


def seen_by_reader(assessment: Assessment, dates: EffectiveDates) -> dict[str, Any]:
    """Return what ``AssessmentSerializer`` sends to the person whose dates these are."""
    own: dict[str, Any] = {
        "due_at": dates.due_at,
        "closes_at": dates.closes_at,
        "class_due_at": assessment.due_at,
        "tries": dates.tries,
        "has_extension": dates != everybodys(assessment),
    }
    names: Iterable[str] = AssessmentSerializer._declared_fields
    return {name: own[name] if name in own else getattr(assessment, name) for name in names}


class SubmitSerializer(serializers.Serializer[Any]):
    """What is sent to hand in work."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        allow_empty=False,
        help_text="Files, or one .zip or .tar.gz.",
    )
    paths = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        help_text="A relative path for each file, in the same order, to keep folders.",
    )
    pledge_signature = serializers.CharField(max_length=150, required=False, allow_blank=True, default="")


class QueuePlaceSerializer(serializers.Serializer[Any]):
    """Where in the queue a waiting submission stands."""

    position = serializers.IntegerField()
    estimated_seconds = serializers.IntegerField(allow_null=True)


class SubmissionLineSerializer(serializers.Serializer[Any]):
    """One of several submissions."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    state = serializers.CharField()
    points = serializers.DecimalField(
        max_digits=12, decimal_places=4, allow_null=True, help_text="null while there are none, or you may not see them"
    )
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    verdict = serializers.CharField(allow_null=True)


class SubmissionSerializer(serializers.Serializer[Any]):
    """A submission and how far its grading is."""

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    assessment = serializers.SlugField()
    author = serializers.EmailField()
    received_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    state = serializers.CharField(
        help_text="queued, running, finished, grader_error, cancelled, superseded or ungraded"
    )
    is_final = serializers.BooleanField()
    phase = serializers.CharField(allow_blank=True)
    queue = QueuePlaceSerializer(allow_null=True)
    checks_done = serializers.IntegerField()
    checks_total = serializers.IntegerField()
    points = serializers.DecimalField(
        max_digits=12, decimal_places=4, allow_null=True, help_text="null while there are none, or you may not see them"
    )
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    verdict = serializers.CharField(allow_null=True)
    message = serializers.CharField(allow_blank=True)


class ChangeMadeSerializer(serializers.Serializer[Any]):
    """One thing that a change alters."""

    subject = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DateFollowedSerializer(serializers.Serializer[Any]):
    """A date of an assessment that follows an event and moved with it."""

    assessment = serializers.CharField()
    title = serializers.CharField()
    which = serializers.CharField()
    before = serializers.DateTimeField(allow_null=True)
    after = serializers.DateTimeField(allow_null=True)


class AppliedSerializer(serializers.Serializer[Any]):
    """What a change has altered, or would alter."""

    version = serializers.IntegerField()
    changes = ChangeMadeSerializer(many=True)
    dates = DateFollowedSerializer(many=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
