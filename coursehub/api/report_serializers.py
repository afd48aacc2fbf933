"""What the API sends of a report: what its reader may see, every field by name."""

from typing import Any

from rest_framework import serializers

from grading.engine.comparison import Change
from runners.protocol import SuiteKind, TextFormat, Visibility

_FORMAT = "How the text is meant: text, simple_format, md, html or ansi. It comes from a sandbox: sanitise it."


def _one_of(words: Any, **more: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[word.value for word in words], **more)


class DifferenceSerializer(serializers.Serializer[Any]):
    """Where a value differs from the reference's."""

    name = serializers.CharField()
    reason = serializers.CharField()
    found = serializers.CharField()
    expected = serializers.CharField()
    worst_index = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    relative_error = serializers.FloatField(allow_null=True)


class CheckSerializer(serializers.Serializer[Any]):
    """How one check ended. A check that its reader may not see is not in the list."""

    id = serializers.CharField(source="case_id")
    number = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    group = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField()
    points = serializers.DecimalField(max_digits=12, decimal_places=4)
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    counts = serializers.BooleanField(help_text="false: shown for information, worth nothing")
    visibility = _one_of(Visibility)
    tags = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField(allow_blank=True)
    hint = serializers.CharField(allow_blank=True)
    details = DifferenceSerializer(many=True)
    output = serializers.CharField(allow_blank=True)
    output_format = _one_of(TextFormat, help_text=_FORMAT)
    seconds = serializers.FloatField()
    peak_bytes = serializers.IntegerField()


class LeaderboardEntrySerializer(serializers.Serializer[Any]):
    """A line that an autograder puts on its leaderboard."""

    name = serializers.CharField()
    value = serializers.CharField()
    ascending = serializers.BooleanField()


class GradedWithSerializer(serializers.Serializer[Any]):
    """With what it was graded, and what only a person should see. For staff."""

    seed = serializers.CharField()
    provenance = serializers.JSONField()
    score = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())
    extra_data = serializers.JSONField()
    console_visibility = _one_of(Visibility)


class ReportSerializer(serializers.Serializer[Any]):
    """The newest accepted report on a submission."""

    kind = _one_of(SuiteKind)
    is_self_reported = serializers.BooleanField(
        source="kind.is_self_reported", help_text="true: as honest as the autograder itself"
    )
    verdict = serializers.CharField(allow_null=True)
    points = serializers.DecimalField(
        max_digits=12, decimal_places=4, allow_null=True, help_text="null while you may not see the total"
    )
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    total_visibility = _one_of(Visibility)
    message = serializers.CharField(allow_blank=True)
    suite = serializers.CharField()
    suite_digest = serializers.CharField()
    accepted_at = serializers.DateTimeField()
    is_partial = serializers.BooleanField(help_text="true: ended at its time limit")
    output = serializers.CharField(allow_blank=True)
    output_format = _one_of(TextFormat, help_text=_FORMAT)
    console = serializers.CharField(allow_blank=True)
    leaderboard = LeaderboardEntrySerializer(many=True)
    checks = CheckSerializer(many=True)
    staff = GradedWithSerializer(allow_null=True)


class CheckChangeSerializer(serializers.Serializer[Any]):
    """What became of one check."""

    id = serializers.CharField()
    title = serializers.CharField()
    change = _one_of(Change)


class ChangesSerializer(serializers.Serializer[Any]):
    """What changed between two reports, among the checks that their reader may see."""

    submission = serializers.IntegerField()
    since_submission = serializers.IntegerField(help_text="the submission of the earlier report; may be the same one")
    since_number = serializers.IntegerField()
    since_job = serializers.IntegerField()
    sentence = serializers.CharField()
    checks = CheckChangeSerializer(many=True)
