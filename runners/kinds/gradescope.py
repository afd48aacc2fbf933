"""The kind that runs a Gradescope autograder unchanged. It decides in the submission's own container: self-reported.

A verdict from here is as honest as the autograder itself (``tests/kinds/test_gradescope_forgeries.py`` says which
forgeries succeed). What this side adds is what Gradescope's harness does, a wall around root, and that results
which were written before a time-out count.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from runners.autograders.metadata import or_stand_in
from runners.autograders.reading import Judged, judge, manifest_cases
from runners.autograders.source import autograder_files
from runners.config import AutograderConfig, read_autograder_config
from runners.kinds.base import Expected, Work, make_report
from runners.protocol import Phase, RunReport, SuiteManifest
from runners.sandboxes.base import Sandbox
from runners.suite import Suite, SuiteInvalid, files_below

if TYPE_CHECKING:
    from runners.autograders.harness import Harness


class Gradescope:
    """Gradescope's harness, outside the container. The engine and the images are this process's."""

    compares = False

    def __init__(self, config: Callable[[], AutograderConfig] = read_autograder_config) -> None:
        self._config = config

    @cached_property
    def harness(self) -> "Harness":
        """The engine and the images. Its part of the Docker SDK is loaded only where there is an autograder."""
        from runners.autograders.harness import Harness  # noqa: PLC0415

        return Harness(self._config)

    def case_files(self, folder: Path) -> dict[str, bytes]:
        """Read the autograder; nothing where the suite names a ready-made image instead."""
        return autograder_files(folder)

    def list_cases(self, sandbox: Sandbox, folder: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run the reference, and return the tests of its results; without a reference there are none to compare with.

        Raises ``SuiteInvalid`` where the autograder has no results for its own reference.
        """
        try:
            manifest = SuiteManifest.model_validate({**settings, "cases": []})
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            message = f"{folder / 'suite.toml'}: {'.'.join(str(each) for each in problem['loc'])}: {problem['msg']}."
            raise SuiteInvalid(message) from error
        files = self.case_files(folder)
        reference = files_below(folder / "reference")
        if not reference:
            return []
        suite = Suite(manifest=manifest, digest="", folder=folder, case_files=files, reference_files=reference)
        ran = self.harness.run(suite, reference, or_stand_in({}, manifest), stopped=threading.Event())
        judged = judge(ran, manifest)
        if ran.timed_out or judged.results.score is None:
            message = f"{folder / 'reference'}: {judged.message} The console ends with: {judged.console[-1_500:]}"
            raise SuiteInvalid(message)
        return manifest_cases(judged.results)

    def expected(
        self, sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
    ) -> list[Expected]:
        """Return that there is nothing to compare with."""
        return [Expected(seed=seed, cases={}) for seed in seeds]

    def grade(self, sandbox: Sandbox, work: Work) -> RunReport:
        """Run the autograder on the files, and return the report."""
        progress, manifest = work.progress, work.suite.manifest
        image = self.harness.image_of(work.suite)
        ran = self.harness.run(
            work.suite,
            work.files,
            or_stand_in(work.metadata(), manifest),
            stopped=work.stopped,
            on_start=lambda: progress.enter(Phase.SANDBOX_READY),
        )
        judged = judge(ran, manifest)
        for check in judged.checks:
            progress.add(check)
        progress.enter(Phase.LAST_CHECK)
        return make_report(
            self.harness.engine(), work, judged.checks, message=judged.message, image=image.id, **_rest(judged)
        )


def _rest(judged: Judged) -> dict[str, Any]:
    results = judged.results
    return {
        "score": judged.score,
        "is_partial": judged.is_partial,
        "output": results.output,
        "output_format": results.output_format,
        "console": judged.console,
        "console_visibility": results.console_visibility,
        "leaderboard": list(results.leaderboard),
        "extra_data": results.extra_data,
        "flags": list(judged.flags),
    }


AUTOGRADERS = Gradescope()
"""The kind as this process uses it."""
