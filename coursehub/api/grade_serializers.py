"""What the API says and takes about grades."""

from rest_framework import serializers

from grading.engine.items import ItemState
from grading.gradebook.wanted import BY_HAND

UNDO = "undo"


class GradeSerializer(serializers.Serializer[object]):
    """One grade. ``points`` is null where nothing counts, or where the reader may not know yet."""

    assessment = serializers.CharField()
    state = serializers.CharField(help_text=f"One of {', '.join(state.value for state in ItemState)}.")
    points = serializers.DecimalField(allow_null=True, max_digits=12, decimal_places=4)
    raw_points = serializers.DecimalField(allow_null=True, max_digits=12, decimal_places=4)
    max_points = serializers.DecimalField(max_digits=12, decimal_places=4)
    late_units = serializers.IntegerField()
    slip_days = serializers.IntegerField()
    comment = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField(help_text="Send it with a change; 0 while there is nothing to change.")


class TotalSerializer(serializers.Serializer[object]):
    """Totals in course points, rounded as they are shown; null where nothing counts or the scheme leaves them open."""

    current = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    floor = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    ceiling = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    letter = serializers.CharField(allow_null=True)


class StudentGradesSerializer(serializers.Serializer[object]):
    """One student's grades."""

    id = serializers.IntegerField(help_text="Of the student's place in the offering.")
    student = serializers.EmailField()
    name = serializers.CharField()
    total = TotalSerializer()
    grades = GradeSerializer(many=True)


class GradeChangeSerializer(serializers.Serializer[object]):
    """A change of one grade."""

    kind = serializers.ChoiceField(choices=sorted({*(str(kind.value) for kind in BY_HAND), UNDO}))
    points = serializers.DecimalField(required=False, allow_null=True, max_digits=12, decimal_places=4)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, help_text="The student reads it.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000, help_text="Staff only.")
    version = serializers.IntegerField(min_value=0, help_text="Of the grade that you have read.")
