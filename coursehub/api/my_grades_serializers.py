"""What the API sends of one's own grades."""

from typing import Any

from rest_framework import serializers

from coursehub.api.grade_serializers import StudentGradesSerializer


class NumberSerializer(serializers.Serializer[Any]):
    """A number exactly and as it is shown."""

    exact = serializers.CharField(help_text="numerator/denominator")
    shown = serializers.CharField(help_text="rounded once")


class CommentSerializer(serializers.Serializer[Any]):
    """What staff wrote about a grade."""

    assessment = serializers.IntegerField()
    title = serializers.CharField()
    comment = serializers.CharField()


class MyGradesSerializer(StudentGradesSerializer):
    """Totals, why they are what they are, and what does not count."""

    offering = serializers.CharField()
    at = serializers.DateTimeField()
    current = NumberSerializer(allow_null=True, help_text="null while nothing counts, or the scheme is not said")
    floor = NumberSerializer(allow_null=True)
    ceiling = NumberSerializer(allow_null=True)
    is_settled = serializers.BooleanField(help_text="nothing is pending")
    current_letter = serializers.CharField(allow_null=True)
    floor_letter = serializers.CharField(allow_null=True)
    ceiling_letter = serializers.CharField(allow_null=True)
    unsaid = serializers.ListField(child=serializers.CharField(), help_text="what the course has not said yet")
    traces = serializers.DictField(
        child=serializers.DictField(), help_text="by current, floor and ceiling: nodes, items, contributions, sentences"
    )
    apart = serializers.ListField(child=serializers.DictField(), help_text="items that stand in no total")
    comments = CommentSerializer(many=True)
