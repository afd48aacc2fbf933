"""Organizations, terms, courses, offerings, and the people in them."""

from coursehub.courses.models.changes import Change
from coursehub.courses.models.content import (
    Announcement,
    Assumption,
    Audience,
    ExternalLink,
    Page,
    Policy,
    Prerequisite,
    SyllabusBlock,
)
from coursehub.courses.models.offerings import (
    Course,
    Offering,
    Organization,
    Term,
    validate_timezone,
)
from coursehub.courses.models.people import (
    Capability,
    Cohort,
    Enrollment,
    ExternalIdentity,
    Role,
    RoleAssignment,
    RoleCapability,
    StaffMember,
)

__all__ = [
    "Announcement",
    "Assumption",
    "Audience",
    "Capability",
    "Change",
    "Cohort",
    "Course",
    "Enrollment",
    "ExternalIdentity",
    "ExternalLink",
    "Offering",
    "Organization",
    "Page",
    "Policy",
    "Prerequisite",
    "Role",
    "RoleAssignment",
    "RoleCapability",
    "StaffMember",
    "SyllabusBlock",
    "Term",
    "validate_timezone",
]
