"""Modules of ours that test files import by well-known names. They are in no folder, so nothing can shadow them."""

import sys
import types

from gpu_worker.harness import gradescope_decorators, gradescope_files, mugrade


def install() -> None:
    """Make ``gradescope_utils.autograder_utils`` and ``mugrade`` importable in this process."""
    outer, inner = types.ModuleType("gradescope_utils"), types.ModuleType("gradescope_utils.autograder_utils")
    for package in (outer, inner):
        package.__path__ = []
    vars(outer)["autograder_utils"] = inner
    vars(inner).update(decorators=gradescope_decorators, files=gradescope_files)
    sys.modules.update(
        {
            outer.__name__: outer,
            inner.__name__: inner,
            f"{inner.__name__}.decorators": gradescope_decorators,
            f"{inner.__name__}.files": gradescope_files,
            "mugrade": mugrade,
        }
    )
