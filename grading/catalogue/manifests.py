"""The cases of a manifest as somebody has changed them: checked by the type that runners and site share."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from grading.catalogue.errors import CaseProblem, ManifestRefused
from runners.protocol import ManifestCase, SuiteManifest
from runners.suite_protocol import case_problems


def valid_cases(old: SuiteManifest, cases: Sequence[Mapping[str, Any]]) -> list[ManifestCase]:
    """Return the cases, each checked by itself and all together; what is not given stays as it was.

    Raises ``ManifestRefused``, naming every field that does not fit.
    """
    known = {case.id: case for case in old.cases}
    problems: list[CaseProblem] = []
    made: list[ManifestCase] = []
    for index, given in enumerate(cases):
        base = known.get(str(given.get("id")))
        try:
            made.append(ManifestCase.model_validate({**(base.model_dump() if base else {}), **given}))
        except ValidationError as error:
            problems += [
                CaseProblem(index=index, field=str(item["loc"][0]) if item["loc"] else "", sentence=_said_plainly(item))
                for item in error.errors(include_url=False)
            ]
    if not problems:
        problems = [
            CaseProblem(index=index, field=field, sentence=sentence) for index, field, sentence in case_problems(made)
        ]
        if not problems and {case.id for case in made} != known.keys():
            message = "These are not the cases that the suite has. Change them in the suite and upload it again."
            problems = [CaseProblem(index=0, field="", sentence=message)]
        if not problems and made and not any(case.points for case in made):
            message = "All cases together are worth nothing. Give at least one of them points."
            problems = [CaseProblem(index=0, field="points", sentence=message)]
    if problems:
        raise ManifestRefused(problems)
    return made


def _said_plainly(error: ErrorDetails) -> str:
    """Return what to write instead, as a sentence."""
    context: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "missing" | "string_too_short":
            return "This cannot be empty."
        case "string_too_long":
            return f"This takes at most {context.get('max_length')} characters."
        case "greater_than_equal" | "decimal_parsing" | "decimal_type" | "finite_number":
            return "Write a number from 0 on, such as 2.5."
        case "decimal_max_digits" | "decimal_max_places" | "decimal_whole_digits":
            return "Write at most eight digits before the point and four after it."
        case "enum":
            return f"Choose one of {context.get('expected')}."
        case "too_long":
            return f"This takes at most {context.get('max_length')} entries."
        case _:
            return f"{error['msg'].rstrip('.')}."
