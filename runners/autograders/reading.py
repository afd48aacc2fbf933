"""From what an autograder left to what a student reads: points, sentences, and what staff should look at. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from runners.autograders.ran import Ran
from runners.autograders.results import Results, ResultsInvalid, parse_results
from runners.autograders.values import MAX_TEXT, text
from runners.protocol import CheckReport, ManifestCase, Outcome, SuiteManifest

MAX_CHECKS = 500
MAX_FLAGS = 20
TIMED_OUT = "Your submission timed out. It took longer than {seconds:g} seconds to run."
PARTLY = "The autograder was ended at its limit of {seconds:g} seconds. What it had found until then counts."
NO_MEMORY = (
    "The autograder ended without results: with the submission it needed more than its {mebibytes} MiB of memory."
)
NO_DISK = "The autograder was ended because it and the submission wrote too much to the disk."
KNOWN_GOOD = (
    "The autograder ended without results, which it does have for the reference solution. Often the submission ended "
    "the whole run, for example with exit(), by a crash, or by changing the autograder's files."
)
UNKNOWN = "The autograder ended without results. Staff can see from its console what happened, and grade it again."
UNTRIED = (
    "No results, and nobody has tried this autograder with a reference solution: look at the console before these 0 "
    "points count, and grade again once it is repaired."
)
NOT_REPORTED = "The autograder says nothing of this test."
NO_TIME = "There was no time left for this test."
NO_SCORE = "The autograder gave no score."
TOO_MUCH = "The autograder gave {given} points. The most that count here are {most}."
BELOW_ZERO = "The autograder gave {given} points. Less than 0 does not count."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a report says of a run."""

    checks: tuple[CheckReport, ...]
    score: Decimal
    message: str
    results: Results
    console: str
    is_partial: bool
    flags: tuple[str, ...]


def judge(ran: Ran, manifest: SuiteManifest) -> Judged:
    """Return what a run is worth. Results that cannot be read are worth nothing, and say why."""
    results, problem, console = _read(ran)
    has_results = results.score is not None or bool(results.checks)
    flags = [problem, *results.remarks]
    sentences = []
    if ran.out_of_memory and has_results:
        flags.append(f"Something was killed for using more than {manifest.memory_bytes >> 20} MiB of memory.")
    if has_results:
        if ran.timed_out:
            sentences.append(PARTLY.format(seconds=manifest.run_seconds))
        elif ran.out_of_disk:
            sentences.append(NO_DISK)
        if results.score is None:
            sentences.append(NO_SCORE)
            flags.append("Neither the results nor any test has a score.")
    else:
        sentences.append(_why_nothing(ran, manifest))
        if not (manifest.cases or ran.timed_out or ran.out_of_memory or ran.out_of_disk):
            flags.append(UNTRIED)
    score, sentence = _clamped(results.score or Decimal(0), manifest)
    if sentence:
        sentences.append(sentence)
        flags.append(sentence)
    checks, cut = _with_missing(results.checks, manifest.cases, NO_TIME if ran.timed_out else NOT_REPORTED)
    if cut:
        flags.append(f"The results hold {cut} more tests than can be shown; their points count.")
    return Judged(
        checks=checks,
        score=score,
        message=" ".join(sentences),
        results=results,
        console=text(console),
        is_partial=has_results and (ran.timed_out or ran.out_of_disk),
        flags=tuple(flag for flag in flags if flag)[:MAX_FLAGS],
    )


def _read(ran: Ran) -> tuple[Results, str, str]:
    """Return the results, what is wrong with them, and the console; what is no JSON is shown at the console's end."""
    if ran.results is None:
        return Results(), ran.refusal, ran.console
    try:
        return parse_results(ran.results), "", ran.console
    except ResultsInvalid as error:
        raw = ran.results[: 4 * MAX_TEXT].decode("utf-8", errors="replace")
        half = MAX_TEXT // 2 - 100
        console = f"{text(ran.console, limit=half)}\n\n--- {error} It holds:\n{text(raw, limit=half)}"
        return Results(), str(error), console


def _why_nothing(ran: Ran, manifest: SuiteManifest) -> str:
    if ran.timed_out:
        return TIMED_OUT.format(seconds=manifest.run_seconds)
    if ran.out_of_disk:
        return NO_DISK
    if ran.out_of_memory:
        return NO_MEMORY.format(mebibytes=manifest.memory_bytes >> 20)
    return KNOWN_GOOD if manifest.cases else UNKNOWN


def _clamped(given: Decimal, manifest: SuiteManifest) -> tuple[Decimal, str]:
    most = manifest.max_points + manifest.bonus_points
    if given > most:
        return most, TOO_MUCH.format(given=_plain(given), most=_plain(most))
    if given < 0:
        return Decimal(0), BELOW_ZERO.format(given=_plain(given))
    return given, ""


def _with_missing(
    found: tuple[CheckReport, ...], cases: Iterable[ManifestCase], sentence: str
) -> tuple[tuple[CheckReport, ...], int]:
    """Return the checks, with every test of the manifest that is not among them as not run, and how many were cut."""
    known = {case.id: case for case in cases}
    missing = {case.id: _not_reported(case, sentence) for case in known.values()}
    for check in found:
        missing.pop(check.id, None)
    room = MAX_CHECKS - len(known)
    kept = []
    for check in found:
        if check.id in known:
            kept.append(check)
        elif room > 0:
            room -= 1
            kept.append(check)
    return (*kept, *missing.values()), len(found) - len(kept)


def _not_reported(case: ManifestCase, sentence: str) -> CheckReport:
    return CheckReport(
        id=case.id,
        title=case.title,
        outcome=Outcome.NOT_RUN,
        points=Decimal(0),
        max_points=case.points,
        message=sentence,
        visibility=case.visibility,
    )


def _plain(points: Decimal) -> str:
    return f"{points.normalize():f}"


def manifest_cases(results: Results) -> list[dict[str, object]]:
    """Return the tests of the reference's run that are worth something, in ``ManifestCase``'s form."""
    return [
        {
            "id": check.id,
            "title": check.title[:120],
            "points": _plain(check.max_points),
            "visibility": check.visibility.value,
        }
        for check in [check for check in results.checks if check.counts][:MAX_CHECKS]
    ]
