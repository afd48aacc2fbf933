"""What the API sends and takes about a class graded again."""

from typing import Any

from rest_framework import serializers

from grading.engine.comparison import Change
from grading.gradebook.models import RegradeBatch, RegradeRow
from grading.gradebook.regrading import MOST_CHARACTERS

_POINTS: dict[str, Any] = {"max_digits": 12, "decimal_places": 4, "allow_null": True}


class VersionSerializer(serializers.Serializer[Any]):
    """A version of a suite."""

    name = serializers.CharField()
    digest = serializers.CharField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a batch is."""

    jobs = serializers.IntegerField()
    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    graded = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="by a fault of ours")
    cancelled = serializers.IntegerField()
    rows = serializers.IntegerField()
    approved = serializers.IntegerField()
    dropped = serializers.IntegerField()


class BatchLineSerializer(serializers.Serializer[Any]):
    """One of several batches."""

    id = serializers.IntegerField(source="pk")
    state = serializers.ChoiceField(choices=RegradeBatch.State.choices)
    scope = serializers.ChoiceField(choices=RegradeBatch.Scope.choices)
    reason = serializers.CharField()
    from_suite = VersionSerializer()
    to_suite = VersionSerializer()
    requested_by = serializers.EmailField(source="requested_by.email")
    requested_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class BatchSerializer(BatchLineSerializer):
    """A batch, how far it is, and what a decision about all of it carries."""

    progress = ProgressSerializer()
    seen = serializers.CharField(help_text="names all rows as they are now; send it to approve all")
    seen_decisions = serializers.CharField(help_text="names the decisions so far; send it to drop all")


class StartSerializer(serializers.Serializer[Any]):
    """What is sent to grade a class again."""

    suite_digest = serializers.CharField(max_length=64, help_text="a version of the assessment's suite")
    scope = serializers.ChoiceField(choices=RegradeBatch.Scope.choices, default=RegradeBatch.Scope.COUNTING)
    reason = serializers.CharField(max_length=MOST_CHARACTERS, allow_blank=True, help_text="students read it")


class CheckDifferenceSerializer(serializers.Serializer[Any]):
    """A check that does not end as it did."""

    id = serializers.CharField(source="case_id")
    title = serializers.CharField()
    change = serializers.ChoiceField(choices=[change.value for change in Change])


class SubmissionDifferenceSerializer(serializers.Serializer[Any]):
    """What stands of a submission, and what the batch found."""

    submission = serializers.IntegerField(source="submission.pk")
    number = serializers.IntegerField(source="submission.number")
    job = serializers.IntegerField(source="job.pk")
    state = serializers.CharField(source="job.state")
    old_points = serializers.DecimalField(**_POINTS)
    new_points = serializers.DecimalField(**_POINTS)
    is_overtaken = serializers.BooleanField(help_text="graded again since; that result stands")
    checks = CheckDifferenceSerializer(many=True)


class RowSerializer(serializers.Serializer[Any]):
    """One student of a batch. A decision carries ``version``."""

    id = serializers.IntegerField(source="row.pk")
    version = serializers.CharField()
    student = serializers.EmailField(source="student.email")
    decision = serializers.ChoiceField(source="row.decision", choices=RegradeRow.Decision.choices)
    may_be_approved = serializers.BooleanField()
    old_points = serializers.DecimalField(source="before", **_POINTS)
    new_points = serializers.DecimalField(source="after", **_POINTS)
    change = serializers.DecimalField(**_POINTS)
    submissions = SubmissionDifferenceSerializer(many=True)


class ChosenRowSerializer(serializers.Serializer[Any]):
    """A row as it was seen."""

    id = serializers.IntegerField()
    version = serializers.CharField(max_length=16)


class DecisionSerializer(serializers.Serializer[Any]):
    """What is decided: these rows, or all that are left, as they were seen."""

    rows = ChosenRowSerializer(many=True, required=False)
    seen = serializers.CharField(max_length=16, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        if bool(attrs.get("rows")) == bool(attrs.get("seen")):
            message = "Send either “rows” or “seen”."
            raise serializers.ValidationError(message)
        return attrs


class DecidedSerializer(serializers.Serializer[Any]):
    """How many rows were decided now, and the batch as it is then."""

    decided = serializers.IntegerField()
    batch = BatchSerializer()
