"""What the API sends and takes about extensions."""

from typing import Any

from rest_framework import serializers

from grading.deadlines.models import ExtensionRequest

_MOST = 2_147_483_647
_MOMENT: dict[str, Any] = {"required": False, "allow_null": True, "default": None}


class ExtensionSerializer(serializers.Serializer[Any]):
    """Other dates for one person, team or section, as staff see them."""

    id = serializers.IntegerField(source="pk")
    assessment = serializers.SlugField(source="assessment.slug")
    person = serializers.EmailField(source="enrollment.user.email", default=None, allow_null=True)
    team = serializers.IntegerField(source="team_id", allow_null=True)
    cohort = serializers.SlugField(source="cohort.key", default=None, allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    has_no_end = serializers.BooleanField()
    tries = serializers.IntegerField(allow_null=True)
    time_factor = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    reason_private = serializers.CharField()
    reason_shown = serializers.CharField()
    version = serializers.IntegerField(help_text="send it to revoke")
    granted_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class GrantSerializer(serializers.Serializer[Any]):
    """What is sent to grant. The same values again make nothing new."""

    assessments = serializers.ListField(child=serializers.SlugField(), allow_empty=False, max_length=200)
    people = serializers.ListField(child=serializers.EmailField(), required=False, default=list, max_length=500)
    teams = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=_MOST), required=False, default=list, max_length=500
    )
    cohorts = serializers.ListField(child=serializers.SlugField(), required=False, default=list, max_length=200)
    days = serializers.IntegerField(
        min_value=1, max_value=400, help_text="after everybody's deadline; or send due_at", **_MOMENT
    )
    due_at = serializers.DateTimeField(**_MOMENT)
    closes_at = serializers.DateTimeField(**_MOMENT)
    has_no_end = serializers.BooleanField(required=False, default=False)
    tries = serializers.IntegerField(min_value=1, max_value=32767, **_MOMENT)
    time_factor = serializers.DecimalField(max_digits=5, decimal_places=2, **_MOMENT)
    reason_private = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    reason_shown = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class RevokeSerializer(serializers.Serializer[Any]):
    """What is sent to revoke."""

    version = serializers.IntegerField(min_value=1, max_value=_MOST, help_text="of what was read")


class ExtensionRequestSerializer(serializers.Serializer[Any]):
    """A request for more time."""

    id = serializers.IntegerField(source="pk")
    assessment = serializers.SlugField(source="assessment.slug")
    person = serializers.EmailField(source="enrollment.user.email")
    wanted_due_at = serializers.DateTimeField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=ExtensionRequest.Status.choices)
    reply = serializers.CharField()
    made_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class AskSerializer(serializers.Serializer[Any]):
    """What is sent to ask for more time."""

    wanted_due_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=4000, help_text="only staff read it")


class DecideSerializer(serializers.Serializer[Any]):
    """What is sent to decide."""

    grant = serializers.BooleanField()
    due_at = serializers.DateTimeField(help_text="another date than the one that was asked for", **_MOMENT)
    reply = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
