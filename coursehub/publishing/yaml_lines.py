"""YAML in which everything knows its line, and nothing is guessed.

Values stay the texts that somebody wrote, whatever they look like: ``19:15`` is not a number and ``no`` is not false.
What type a field has is the schema's to say. Only an empty value, ``~`` and ``null`` mean nothing. References between
places of a file (``&x``, ``*x``) are refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path = tuple[str | int, ...]
_WORD = re.compile(r"^[\w.*-]+$")
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")  # YAML 1.1 ends lines with these as well
_NULL = "tag:yaml.org,2002:null"
_ONLY_NULL = {first: [(_NULL, re.compile(r"^(?:~|null|)$"))] for first in ("~", "n", "")}


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says, and on which line each part of it begins; `problems` are lines with a sentence."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line_of(self, path: Sequence[str | int]) -> int:
        """Return the line of a place, or of what it would be in; steps that are not in the text are passed over."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.lines:
                known = (*known, step)
        return self.lines.get(known, 1)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = _ONLY_NULL

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
            raise yaml.MarkedYAMLError(problem="a reference such as *x; write it out", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers = _ONLY_NULL

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Without this, the items of a list stand as far left as its name.
        super().increase_indent(flow, False)


def _represent_text(dumper: _Dumper, text: str) -> ScalarNode:
    style = '"' if _OTHER_BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: _Dumper, items: list[Any]) -> SequenceNode:
    # A few keys or weekdays stand on one line; sentences and lists of fields each on their own.
    on_one_line = all(isinstance(item, str) and _WORD.match(item) for item in items) and sum(map(len, items)) < 60
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=on_one_line)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def read_yaml(text: str, *, first_line: int = 1) -> Document:
    """Return what a text says. A text that is not YAML has a problem and no value."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.problems.append((first_line + (mark.line if mark else 0), f"This is not YAML: {error.problem}."))
        return document
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        document.problems.append((line, "There is a character that cannot be read."))
        return document
    except RecursionError:
        document.problems.append((first_line, "This is nested too deeply."))
        return document
    value = None if node is None else _value(node, (), document, first_line)
    return Document(value, document.lines, document.problems)


def _value(node: Node, path: Path, document: Document, first_line: int) -> Any:
    line = first_line + node.start_mark.line
    document.lines.setdefault(path, line)
    if isinstance(node, ScalarNode):
        return None if node.tag == _NULL and node.style is None else node.value
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), document, first_line) for index, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    if isinstance(node, MappingNode):
        for name_node, item in node.value:
            name, name_line = str(name_node.value), first_line + name_node.start_mark.line
            if name in found:
                document.problems.append((name_line, f"“{name}” stands here twice."))
            document.lines[(*path, name)] = name_line
            found[name] = _value(item, (*path, name), document, first_line)
    return found


def write_yaml(value: Mapping[str, Any]) -> str:
    """Return a mapping as YAML that `read_yaml` reads back; scalars become texts."""
    return yaml.dump(_texts(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _texts(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
