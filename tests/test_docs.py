"""The documents tell the truth that a machine can check: settings, links, tests that prove promises, commands."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from coursehub import env

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if "node_modules" not in path.parts
)
SETTINGS = (ROOT / "docs/reference/settings.md").read_text()
PROMISES = (ROOT / "docs/explanation/promises.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_setting_of_the_site_is_documented_and_none_that_is_not_there() -> None:
    assert settings.BASE_DIR
    site = SETTINGS.partition("## A runner")[0]

    assert set(re.findall(r"^\| `([A-Z_]+)`", site, re.MULTILINE)) == set(env.documented)


def test_every_setting_of_a_runner_is_documented() -> None:
    source = (ROOT / "runners/config.py").read_text()
    read = set(re.findall(r"values\.get\(\"([A-Z_]+)\"", source)) - {"COURSEHUB_STATE"}
    runner = SETTINGS.partition("## A runner")[2].partition("## Setting up")[0]

    assert read == set(re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\|([^|]*)\|", runner, re.MULTILINE))))


@pytest.mark.parametrize("variable", list(env.documented.values()), ids=lambda variable: variable.name)
def test_every_setting_has_a_sentence(variable: env.Variable) -> None:
    assert variable.sentence.endswith(".")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    broken = [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text())
        if not target.startswith(("http://", "https://", "#", "mailto:"))
        and not (path.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_anchor_names_a_heading(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)\s#:]*)#([^)\s]+)\)", path.read_text()):
        document = path.parent / target if target else path
        headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}

        assert anchor in slugs


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_test_that_a_document_names_exists(path: Path) -> None:
    for file, _, test in re.findall(r"`(tests/[\w/.]*)(::(\w+))?`", path.read_text()):
        assert (ROOT / file).exists(), file
        assert not test or test in functions_of(ROOT / file), f"{file}::{test}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_and_folder_of_ours_that_a_document_names_exists(path: Path) -> None:
    named = re.findall(
        r"`((?:coursehub|grading|runners|gpu_worker|deploy|courses|requirements)/[\w./-]*)`", path.read_text()
    )

    assert [name for name in named if not name.startswith("coursehub/sandbox-") and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_make_target_that_a_document_names_exists(path: Path) -> None:
    named = set(re.findall(r"`make ([a-z][\w-]*)", path.read_text()))
    named |= set(re.findall(r"^make ([a-z][\w-]*)", path.read_text(), re.MULTILINE))

    assert named <= TARGETS


@pytest.mark.parametrize("promise", [f"P{number}" for number in range(1, 9)])
def test_every_promise_names_the_tests_that_prove_it(promise: str) -> None:
    line = next(line for line in PROMISES.splitlines() if line.startswith(f"| {promise} "))

    assert re.search(r"`tests/[\w/.]+::\w+`", line), "name the test, not only its folder"


def test_make_alone_explains_every_target() -> None:
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    explained = {line.split()[0] for line in said.splitlines()}
    assert explained == TARGETS - {"help"} | {"help"}


def test_every_package_that_is_asked_for_has_its_reason_in_the_changelog() -> None:
    reasons = (ROOT / "CHANGELOG.md").read_text().partition("## Dependencies")[2].lower()

    for part in ("site", "runner", "demo"):
        for line in (ROOT / f"requirements/{part}.in").read_text().splitlines():
            if (name := re.match(r"[A-Za-z][\w-]*", line)) is not None:
                assert name[0].lower() in reasons, name[0]


def test_the_readme_s_first_screen_has_a_sentence_a_picture_the_commands_and_four_links() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:22])

    assert "![" in first_screen
    assert "make demo" in first_screen
    assert "make test" in first_screen
    assert len(re.findall(r"(?<!!)\[[^]]+\]\(", first_screen)) == 4


def test_the_documents_say_that_the_docker_socket_makes_a_host_root_equivalent() -> None:
    assert "root-equivalent" in (ROOT / "docs/how-to/compose.md").read_text()
    assert "root-equivalent" in (ROOT / "docker-compose.yml").read_text()
