"""Where the class stands, which try counts, and what of that a student may know yet."""

from dataclasses import dataclass
from decimal import Decimal

from coursehub.web import words
from coursehub.web.charts import Histogram, histogram
from grading.engine.visibility import Eyes, sees_total
from grading.gradebook.models import GradeCell
from grading.submissions.models import Submission
from grading.submissions.queries import visibility_of_totals
from runners.protocol import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the class stands, and which try counts."""

    histogram: Histogram | None
    sentence: str


def standing_of(submission: Submission, eyes: Eyes) -> Standing:
    """Return where a submission stands; how the class did would tell of a total that is hidden, so that waits too."""
    assessment = submission.assessment
    hides = visibility_of_totals(assessment)
    open_totals = {author: all(sees_total(word, eyes) for word in found) for author, found in hides.items()}
    graded = GradeCell.objects.filter(assessment=assessment, enrollment__status="active").values_list(
        "enrollment__user_id", "points", "submission_id", "submission__number", "is_held_back"
    )
    cells = [(user, points, pk, number, held) for user, points, pk, number, held in graded if points is not None]
    own = next((cell for cell in cells if cell[0] == submission.author_id), None)
    if not eyes.sees_all and (eyes.grade_waits or (own is not None and own[4])):
        return Standing(histogram=None, sentence="")
    scores: list[Decimal] = [points for _, points, _, _, _ in cells]
    max_points = assessment.max_points
    sentence = ""
    # Where nothing hides it, a grade that was made by hand still waits for its release.
    is_open = sees_total(Visibility.VISIBLE, eyes)
    if own is not None and is_open and open_totals.get(submission.author_id, True):
        grade = f"{words.points(own[1])} of {words.points(max_points)}"
        which = "This submission counts" if own[2] == submission.pk else f"Submission {own[3]} counts"
        which = which if own[3] else "Your grade"
        sentence = f"{which}: {grade} in the grade book."
    shows_class = bool(scores) and is_open and all(open_totals.values())
    return Standing(
        histogram=histogram(scores, max_points=max_points, mine=own[1] if own else None) if shows_class else None,
        sentence=sentence,
    )
