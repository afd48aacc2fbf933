"""Compare what a submission recorded with what the reference recorded, and say what that is worth.

Theory of operation
-------------------
Runs in the runner, outside every sandbox. A case is worth its points when every value that the reference's run
recorded is there, once, with the same type, dtype and shape, and passes the rule that the *reference's* run stated
with it (`runners/comparators/`). Whatever is missing, extra or of the wrong kind fails with that reason: nothing is
right by default.

A case with part points shares them out equally over the reference's values. There, a value that was recorded before
the submission raised counts; a case that ended in any other way before its end earns nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import assert_never

from runners.check_reports import MAX_MESSAGE, check
from runners.comparators import Judge, Judgement, Mismatch, RuleInvalid, compare, is_custom, is_shown_only
from runners.comparators.base import mismatch
from runners.comparators.custom import Pair, barred, judged
from runners.guesses import hint_for_error
from runners.protocol import CheckReport, ManifestCase, Outcome
from runners.runs import CaseRun, Ending, Record
from runners.wording import count_text, input_text, joined, sentence

__all__ = ["RuleInvalid", "check_report", "compare", "not_run", "shown_inputs"]

MAX_INPUT = 600
CENT = Decimal("0.01")

LOOP_HINT = "Look for a loop that never ends, or for work that is done again and again."
MEMORY_HINT = "Look for an array that is far larger than its inputs, or for a list that grows without end."


def _nobody_judges(case: ManifestCase, pairs: Sequence[Pair]) -> Mapping[str, Judgement]:
    message = f"{case.id} has values for a comparator of the suite, and there is none"
    raise RuleInvalid(message)


def check_report(
    case: ManifestCase, found: CaseRun | None, expected: CaseRun, *, judge: Judge = _nobody_judges
) -> CheckReport:
    """Return what a case is worth and why. ``found`` is None where the submission's run has no answer for it.

    ``judge`` asks the suite's own comparators. Raises ``RuleInvalid`` where the reference is at fault.
    """
    if found is None or found.ending is Ending.MISSING:
        return check(case, found, Outcome.NOT_RUN, message="This check did not run.")
    match found.ending:
        case Ending.DONE | Ending.RAISED:
            return _compared(case, found, expected, judge)
        case Ending.TIMEOUT:
            return check(case, found, Outcome.TIMEOUT, message=found.message or "It took too long.", hint=LOOP_HINT)
        case Ending.MEMORY:
            message = found.message or "It needed more memory than this check allows."
            return check(case, found, Outcome.MEMORY, message=message, hint=MEMORY_HINT)
        case Ending.CRASHED | Ending.OUTPUT | Ending.PROTOCOL:
            message = found.message or "The process of this check ended before its answer was complete."
            return check(case, found, Outcome.CRASHED, message=message)
        case _:
            assert_never(found.ending)


def not_run(case: ManifestCase, message: str = "") -> CheckReport:
    """Return the report of a case that was never started; without a message the report of the whole says why."""
    return check(case, None, Outcome.NOT_RUN, message=message)


def shown_inputs(expected: CaseRun) -> str:
    """Return what the case put in, a line for each input that it names, as the reference's run recorded it."""
    shown = (record for record in expected.records if is_shown_only(record))
    lines = (f"  {record.name} = {input_text(record.value)}" for record in shown)
    return joined((line if len(line) <= MAX_INPUT else line[: MAX_INPUT - 1] + "…" for line in lines), most=MAX_MESSAGE)


def _compared(case: ManifestCase, found: CaseRun, expected: CaseRun, judge: Judge) -> CheckReport:
    """Report on a case that came to its end, or raised on the way."""
    raised = found.ending is Ending.RAISED
    wanted = [record for record in expected.records if not is_shown_only(record)]
    shown = {record.name for record in expected.records if is_shown_only(record)}
    records = [record for record in found.records if record.name not in shown]
    times = Counter(record.name for record in records)
    by_name = {record.name: record for record in records}
    judgements = _judgements(case, [(by_name[each.name], each) for each in wanted if times[each.name] == 1], judge)
    mismatches: list[Mismatch] = []
    shares: list[Decimal] = []
    for record in wanted:
        if times[record.name] == 1:
            wrong = _compare(by_name[record.name], record, judgements)
        elif raised and times[record.name] == 0:
            shares.append(Decimal(0))  # the exception is the reason, and it is said once
            continue
        else:
            what = "was not recorded" if times[record.name] == 0 else "was recorded more than once"
            wrong = mismatch(record.name, f"{record.name} {what}")
        shares.append(wrong.share if wrong else Decimal(1))
        if wrong is not None:
            mismatches.append(wrong)
    if extra := sum((times - Counter(record.name for record in wanted)).values()):
        message = f"The check recorded {count_text(extra, 'value')} that the reference does not have."
        return check(case, found, Outcome.FAILED, message=message)
    if not mismatches and not raised and all(share == 1 for share in shares):
        return check(case, found, Outcome.PASSED, points=case.points)
    return _failed(case, found, mismatches, shares)


def _judgements(case: ManifestCase, pairs: Sequence[Pair], judge: Judge) -> Mapping[str, Judgement]:
    """Ask for all values of a case at once: a jail of comparators costs more than a comparison."""
    asked = [(found, expected) for found, expected in pairs if is_custom(expected) and not barred(found, expected)]
    return judge(case, asked) if asked else {}


def _compare(found: Record, expected: Record, judgements: Mapping[str, Judgement]) -> Mismatch | None:
    if not is_custom(expected):
        return compare(found, expected)
    return barred(found, expected) or judged(found, expected, judgements.get(expected.name))


def _failed(
    case: ManifestCase, found: CaseRun, mismatches: Sequence[Mismatch], shares: Sequence[Decimal]
) -> CheckReport:
    """Report on a case with at least one value that is wrong or never came."""
    earned = sum(shares, Decimal(0))
    if found.ending is Ending.RAISED:
        earned = min(earned, Decimal(len(shares) - 1))  # whatever raised, the case did not come to its end
        message = found.message or "It raised an exception."
    else:
        message = sentence(mismatches[0].difference.reason)
        if len(mismatches) > 1:
            others = count_text(len(mismatches) - 1, "more value")
            message += f" {others} {'is' if len(mismatches) == 2 else 'are'} wrong."
    # Without part points a case is worth what its worst value is.
    share = earned / len(shares) if case.partial else min(shares)
    points = (case.points * share).quantize(CENT, rounding=ROUND_DOWN)
    if found.ending is Ending.RAISED and not case.partial:
        points = Decimal(0)
    hints = [wrong.hint for wrong in mismatches if wrong.hint]
    if found.ending is Ending.RAISED and (hint := hint_for_error(message)):
        hints.append(hint)
    return check(
        case,
        found,
        Outcome.PARTIAL if points else Outcome.FAILED,
        points=points,
        message=message,
        hint=hints[0] if hints else case.hint,
        details=[wrong.difference for wrong in mismatches],
    )
