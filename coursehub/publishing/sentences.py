"""What pydantic found wrong with a field, as a sentence for whoever wrote it."""

from typing import Any

from pydantic_core import ErrorDetails


def sentence_of(details: ErrorDetails) -> str:
    """Return one sentence that names the field and says what to write."""
    steps = [str(step) for step in details["loc"] if step not in {"event", "day"} or step == details["loc"][-1]]
    name = next((step for step in reversed(steps) if not step.isdigit() and step != "[key]"), "this file")
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return f"“{name}” is missing."
        case "extra_forbidden":
            return f"“{name}” is not a field here."
        case "string_pattern_mismatch":
            return f"“{name}” cannot be {_shown(details['input'])}: {_pattern(str(context.get('pattern')))}."
        case "enum" | "literal_error":
            return f"“{name}” cannot be {_shown(details['input'])}; write {context.get('expected')}."
        case "value_error":
            return f"“{name}”: {context.get('error')}."
        case _:
            return f"“{name}” cannot be {_shown(details['input'])}: {_lower(details['msg'])}."


def _pattern(pattern: str) -> str:
    if "@" in pattern:
        return "write an e-mail address"
    if "http" in pattern:
        return "write an address that begins with https://"
    if "]+:" in pattern:
        return "write a kind and a key, such as assessment:hw1"
    return "write small letters, digits and dashes"


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a list or fields of its own"
    text = str(value)
    return f"“{text[:57]}…”" if len(text) > 60 else f"“{text}”"


def _lower(message: str) -> str:
    text = message.rstrip(".")
    return text[:1].lower() + text[1:]
