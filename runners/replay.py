"""Repeat a run that the site has exported, and say what differs: ``python -m runners.grade --replay FILE``.

The archive holds the submission's files, the seed, the suite's digest and the report as it was. With the same suite and
the same seed the inputs are the same, so the report must be, but for times and memory. What else may differ is said
too: packages, image, sandbox.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from runners.bundles import MAX_BUNDLE_BYTES, BundleInvalid, read_bundle
from runners.protocol import CheckReport, RunReport, folder_digest
from runners.suite_protocol import REPLAY_FILE, REPLAY_FORMAT, SUBMISSION_FOLDER, Replay, first_problem
from runners.suites import Suite, SuiteInvalid, load_suite, load_suites

_COMPARED = ("outcome", "points", "max_points", "message", "hint", "details", "output")


class ReplayRefused(Exception):
    """The file cannot be replayed here; the sentence says why and what to do."""


def read_replay(path: Path) -> tuple[Replay, dict[str, bytes]]:
    """Return what an exported run was, and the submission's files. Raises ``ReplayRefused``."""
    try:
        if path.stat().st_size > MAX_BUNDLE_BYTES:
            message = f"{path} is larger than {MAX_BUNDLE_BYTES >> 20} MiB."
            raise ReplayRefused(message)
        contents = read_bundle(path.read_bytes())
        replay = Replay.model_validate_json(contents.pop(REPLAY_FILE))
    except KeyError as error:
        message = f"{path} holds no {REPLAY_FILE}; download it as “Replay” from the page of the submission."
        raise ReplayRefused(message) from error
    except ValidationError as error:
        message = f"{path}: {REPLAY_FILE}: {first_problem(error)}"
        raise ReplayRefused(message) from error
    except (OSError, BundleInvalid) as error:
        message = f"{path} cannot be read: {error}"
        raise ReplayRefused(message) from error
    if replay.format != REPLAY_FORMAT:
        message = f"{path} has the format {replay.format}; this CourseHub reads {REPLAY_FORMAT}."
        raise ReplayRefused(message)
    files = {name.removeprefix(SUBMISSION_FOLDER): content for name, content in contents.items()}
    if folder_digest(files.items()) != replay.bundle_sha256:
        message = f"{path}: the files are not those that were handed in: their digest is another one."
        raise ReplayRefused(message)
    return replay, files


def suite_for(replay: Replay, suites: Path, cache: Path) -> Suite:
    """Return the suite of exactly that version, from a folder of suites or from what was fetched from the site.

    Raises ``ReplayRefused``, and ``SuiteInvalid`` where a suite of the folder is broken.
    """
    found = [*load_suites(suites).values(), *_cached(replay.suite_digest, cache)]
    for suite in found:
        if suite.digest == replay.suite_digest:
            return suite
    version = f" {replay.suite_version}" if replay.suite_version else ""
    message = (
        f"The suite {replay.suite_name}{version} with the digest {replay.suite_digest[:12]} is not in {suites}. "
        "Download that version from its page on the site, unpack it, and name the folder around it with --suites."
    )
    raise ReplayRefused(message)


def differences(replay: Replay, report: RunReport) -> Iterator[str]:
    """Yield a sentence for everything that a run repeated differently, times and memory excepted."""
    if replay.message != report.message:
        yield f"The report as a whole says {report.message!r}; it said {replay.message!r}."
    before = {check.id: check for check in replay.checks}
    after = {check.id: check for check in report.checks}
    for case_id in before.keys() - after.keys():
        yield f"{case_id}: it is no longer reported."
    for case_id, check in after.items():
        if case_id not in before:
            yield f"{case_id}: it was not reported."
        else:
            yield from _of_check(before[case_id], check)


def made_differently(replay: Replay, report: RunReport) -> Iterator[str]:
    """Yield a sentence for what the run was made with and is not any more."""
    told = replay.provenance
    for name, before, after in (
        ("sandbox", told.get("sandbox", ""), report.sandbox),
        ("image", told.get("image", ""), report.image),
    ):
        if before != after:
            yield f"The {name} was {before or 'none'} and is {after or 'none'}."
    packages: Mapping[str, str] = told.get("packages", {})
    for name in sorted(packages.keys() | report.packages.keys()):
        if packages.get(name) != report.packages.get(name):
            yield f"{name} was {packages.get(name, 'absent')} and is {report.packages.get(name, 'absent')}."


def _of_check(before: CheckReport, after: CheckReport) -> Iterator[str]:
    for field in _COMPARED:
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            shown = field.replace("_", " ")
            if field in {"details", "output"}:
                yield f"{after.id}: its {shown} differ." if field == "details" else f"{after.id}: it prints other text."
            else:
                yield f"{after.id}: its {shown} is {now!s}; it was {was!s}."


def _cached(digest: str, cache: Path) -> Iterator[Suite]:
    place = cache / digest
    if not digest.isalnum() or not place.is_dir():
        return
    for folder in sorted(place.iterdir()):
        try:
            yield load_suite(folder)
        except SuiteInvalid:
            continue
