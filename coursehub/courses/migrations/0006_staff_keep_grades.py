"""Who graded and who edited so far may change grades, release them and look after people."""

from django.db import migrations

EDITORS = ("edit_grades", "release_grades", "grant_extensions", "manage_people", "view_audit")


def give(apps, schema_editor):
    RoleCapability = apps.get_model("courses", "RoleCapability")
    for having, given in (("regrade", ("edit_grades",)), ("edit_course", EDITORS)):
        roles = list(RoleCapability.objects.filter(capability=having).values_list("role_id", flat=True))
        RoleCapability.objects.bulk_create(
            [RoleCapability(role_id=role, capability=capability) for role in roles for capability in given],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):

    dependencies = [
        ("courses", "0005_people_and_capabilities"),
    ]

    operations = [
        # Taking the capabilities away again is left to the schema: an unknown one is ignored.
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
