"""The people of an offering as our ``roster.csv``: read again, it changes nobody."""

from coursehub.accounts.models import User
from coursehub.courses import access
from coursehub.courses.models import Capability, ExternalIdentity, Offering
from grading.gradebook.exports.files import ExportedFile, exported
from grading.gradebook.imports.people import DROPPED, Known, known_people
from grading.interchange.names import first_and_last
from grading.interchange.roster_rows import RosterRole, RosterRow, RosterStatus
from grading.interchange.rosters import write_roster

_IN_COLUMNS = {ExternalIdentity.System.SIS, ExternalIdentity.System.LOGIN}
# Of several roles, the one that a file can say is the one that may do most.
_ORDER = (
    RosterRole.INSTRUCTOR, RosterRole.HEAD_TA, RosterRole.TA, RosterRole.GRADER, RosterRole.COURSE_ASSISTANT,
    RosterRole.STUDENT, RosterRole.AUDITOR, RosterRole.OBSERVER,
)  # fmt: skip


def roster_file(offering: Offering, *, by: User) -> ExportedFile:
    """Return everybody whose role a roster can name, those who left too. Raises ``NotAllowed``."""
    access.require(by, offering, Capability.MANAGE_PEOPLE)
    rows = [row for one in known_people(offering) if (row := _row(one)) is not None]
    return exported(offering, write_roster(rows), what="roster", by=by)


def _row(one: Known) -> RosterRow | None:
    role = next((role for role in _ORDER if role.value in one.facts.roles), None)
    if role is None:
        return None
    first, last = first_and_last(one.facts.name)
    status = RosterStatus.AUDIT if role is RosterRole.AUDITOR else RosterStatus.ACTIVE
    return RosterRow(
        line=0, email=one.user.email, first_name=first, last_name=last, preferred_name=one.facts.preferred_name,
        login_id=one.facts.ids.get(ExternalIdentity.System.LOGIN, ""),
        student_id=one.facts.ids.get(ExternalIdentity.System.SIS, ""), section=", ".join(one.facts.sections),
        cohort=", ".join(one.facts.cohorts), role=role,
        status=RosterStatus.DROPPED if one.facts.status == DROPPED else status, time_factor=one.facts.time_factor,
        teams=one.facts.teams, ids={k: v for k, v in one.facts.ids.items() if k not in _IN_COLUMNS},
    )  # fmt: skip
