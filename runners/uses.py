"""Find where Python source uses certain names, by reading it. A program of its own: ``python -I -S uses.py``.

Theory of operation
-------------------
A stranger's source is parsed and never run. Deep nesting can exhaust a parser's stack and a hostile file can cost
minutes, so nobody parses one in a process that matters: ``runners.flags`` starts this file with its limits, writes the
names and the files to its standard input and reads sentences from its standard output.

Names are resolved as Python would at the top of a file: ``import a.b as c``, ``from a import b as c``, ``from a import
*``, ``c = a.b``, ``getattr(a, "b")``, ``importlib.import_module("a")``, and through modules of the submission's own. A
name that is put together while the program runs is not found: this advises a person, it is no wall.
"""

import ast
import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

MAX_SENTENCES = 20
MAX_LINES = 5
"""How many lines of one file are named for one use."""
LONGEST_CHAIN = 20
"""``a.b.c``: nobody's real name is longer, and a hostile chain costs its length squared."""
MAX_MEANINGS = 8
MAX_STEPS = 5
CPU_SECONDS = 5
MEMORY_BYTES = 1 << 30

Meanings = frozenset[str]
NOTHING: Meanings = frozenset()


class Names:
    """What the names of one file stand for, as dotted paths."""

    def __init__(self, tree: ast.Module) -> None:
        self.aliases: dict[str, set[str]] = {}
        self.stars: set[str] = set()
        self._own = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._note_import(node)
            elif isinstance(node, ast.ImportFrom):
                self._note_import_from(node)
        # ``c = b`` may stand above ``b = a`` in a function: a few rounds find what a person would.
        for _ in range(MAX_STEPS):
            if sum(self._note_assignment(node) for node in ast.walk(tree)) == 0:
                break

    def meanings(self, node: ast.AST) -> Meanings:
        """Return the dotted paths that an expression may stand for, or nothing where that is not plain to see."""
        parts: list[str] = []
        while len(parts) < LONGEST_CHAIN:
            match node:
                case ast.Attribute(value=value, attr=attr):
                    parts.append(attr)
                    node = value
                case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr)), *_]):
                    parts.append(attr)
                    node = value
                case ast.Name(id=name):
                    return _joined(self.of_name(name), parts)
                case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if self._imports(function):
                    return _joined([module], parts)
                case _:
                    return NOTHING
        return NOTHING

    def of_name(self, name: str) -> set[str]:
        """Return the dotted paths that a bare name may stand for."""
        if name in self.aliases:
            return self.aliases[name]
        return set() if name in self._own else {f"{module}.{name}" for module in self.stars}

    def _imports(self, function: ast.expr) -> bool:
        match function:
            case ast.Name(id="__import__" | "import_module"):
                return True
            case ast.Attribute(value=ast.Name(), attr="import_module"):
                return True
            case _:
                return False

    def _note_import(self, node: ast.Import) -> None:
        for each in node.names:
            if each.asname:
                self._note(each.asname, each.name)
            else:
                top = each.name.split(".", 1)[0]
                self._note(top, top)

    def _note_import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for each in node.names:
            if each.name == "*":
                if len(self.stars) < MAX_MEANINGS:
                    self.stars.add(module)
            else:
                self._note(each.asname or each.name, f"{module}.{each.name}" if module else each.name)

    def _note_assignment(self, node: ast.AST) -> bool:
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [each.id for each in targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names = [name]
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                names = [name]
            case _:
                return False
        return sum(self._note(name, path) for path in self.meanings(value) for name in names) > 0

    def _note(self, name: str, path: str) -> bool:
        """Note one meaning of a name; True where that was news."""
        known = self.aliases.setdefault(name, set())
        if path in known or len(known) >= MAX_MEANINGS:
            return False
        known.add(path)
        return True


def sentences_about(files: Mapping[str, bytes], wanted: Sequence[str]) -> list[str]:
    """Return a sentence for each file and each wanted name that it uses, and for each file that cannot be read.

    A wanted name stands for everything below it as well: ``torch.autograd`` for ``torch.autograd.grad``.
    """
    found: list[str] = []
    trees: dict[str, ast.Module] = {}
    names: dict[str, Names] = {}
    for path, source in files.items():
        try:
            trees[path] = ast.parse(source)
            names[path] = Names(trees[path])
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            found.append(f"{path} could not be looked through: it is not Python that can be read.")
    modules = {_module_of(path): each for path, each in names.items()}
    for path, each in names.items():
        lines: dict[str, set[int]] = {}
        for number, meaning in _uses(trees[path], each):
            for full in _followed(meaning, modules):
                for name in wanted:
                    if full == name or full.startswith(f"{name}."):
                        lines.setdefault(name, set()).add(number)
        found += [_sentence(path, name, sorted(lines[name])) for name in wanted if name in lines]
    return found[:MAX_SENTENCES]


def main() -> None:
    """Read names and files from standard input, and write sentences to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    order = json.load(sys.stdin)
    files = {path: source.encode("latin-1") for path, source in order["files"].items()}
    json.dump(sentences_about(files, order["names"]), sys.stdout)


def _uses(tree: ast.Module, names: Names) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if node.module and each.name != "*":
                    yield node.lineno, f"{node.module}.{each.name}"
        elif isinstance(node, ast.Import):
            for each in node.names:
                yield node.lineno, each.name
        elif isinstance(node, ast.Name | ast.Attribute | ast.Call):
            for meaning in names.meanings(node):
                yield node.lineno, meaning


def _followed(path: str, modules: Mapping[str, Names]) -> set[str]:
    """Return a path and whatever it stands for in modules of the submission's own."""
    reached, fresh = {path}, {path}
    for _ in range(MAX_STEPS):
        fresh = {further for each in fresh for further in _one_step(each, modules)} - reached
        if not fresh or len(reached) > MAX_MEANINGS:
            break
        reached |= fresh
    return reached


def _one_step(path: str, modules: Mapping[str, Names]) -> Iterator[str]:
    parts = path.split(".")
    for length in range(1, len(parts)):
        if (own := modules.get(".".join(parts[:length]))) is not None:
            yield from (".".join([each, *parts[length + 1 :]]) for each in own.of_name(parts[length]))


def _joined(bases: Sequence[str] | set[str], parts: Sequence[str]) -> Meanings:
    return frozenset(".".join([base, *reversed(parts)]) for base in bases)


def _module_of(path: str) -> str:
    pure = PurePosixPath(path).with_suffix("")
    return ".".join(pure.parts[:-1] if pure.name == "__init__" else pure.parts)


def _sentence(path: str, name: str, lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:MAX_LINES]) + (", …" if len(lines) > MAX_LINES else "")
    return f"{path} uses {name} in line{'' if len(lines) == 1 else 's'} {shown}."


if __name__ == "__main__":
    main()
