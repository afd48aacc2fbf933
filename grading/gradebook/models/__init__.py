"""The rows of the grade book."""

from grading.gradebook.models.events import (
    AuditRead,
    Curve,
    GradeAdjustment,
    GradeCell,
    GradeEvent,
    ImportBatch,
)
from grading.gradebook.models.links import LineItemLink
from grading.gradebook.models.regrades import RegradeBatch, RegradeItem, RegradeRow
from grading.gradebook.models.schemes import (
    GradeNode,
    GradingScheme,
    LetterCutoff,
    ParticipationCount,
    ParticipationRule,
    SchemeVersion,
)

__all__ = [
    "AuditRead",
    "Curve",
    "GradeAdjustment",
    "GradeCell",
    "GradeEvent",
    "GradeNode",
    "GradingScheme",
    "ImportBatch",
    "LetterCutoff",
    "LineItemLink",
    "ParticipationCount",
    "ParticipationRule",
    "RegradeBatch",
    "RegradeItem",
    "RegradeRow",
    "SchemeVersion",
]
