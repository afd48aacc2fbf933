"""Versions that were published before they had numbers get them in the order in which they came."""

from collections import defaultdict

from django.db import migrations


def number(apps, schema_editor):
    SuiteVersion = apps.get_model("assessments", "SuiteVersion")
    last = defaultdict(int)
    for version in SuiteVersion.objects.filter(number__isnull=True, state="published").order_by("pk"):
        last[version.course_id, version.name] += 1
        SuiteVersion.objects.filter(pk=version.pk).update(
            number=last[version.course_id, version.name], published_at=version.created_at
        )


class Migration(migrations.Migration):

    dependencies = [
        ("assessments", "0004_suite_catalogue"),
    ]

    operations = [
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
