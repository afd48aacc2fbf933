"""Whoever may change a course may publish its suites: until now that took the command line of the site."""

from django.db import migrations


def give(apps, schema_editor):
    RoleCapability = apps.get_model("courses", "RoleCapability")
    editors = RoleCapability.objects.filter(capability="edit_course").values_list("role_id", flat=True)
    RoleCapability.objects.bulk_create(
        [RoleCapability(role_id=role, capability="manage_suites") for role in editors], ignore_conflicts=True
    )


class Migration(migrations.Migration):

    dependencies = [
        ("courses", "0003_manage_suites"),
    ]

    operations = [
        # Taking the capability away again is left to the schema: an unknown one is ignored.
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
