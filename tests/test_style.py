"""Taste that a machine can check: templates, colours, words, vendored files."""

import hashlib
import re
import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml

from coursehub.web import words
from grading.submissions.models import JobState
from runners.protocol import Outcome, Verdict

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "coursehub/static/coursehub"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "parts" not in path.parts and "elements" not in path.parts]
TOKENS = (STATIC / "css/tokens.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
}
GROUNDS = ("paper", "surface", "sunken")
TEXTS = ("ink", "soft", "accent", "passed", "partial", "failed", "fault", "running", "queued")
THEMES = ("light", "dark")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code(*folders: str) -> list[Path]:
    """Return every committed or new Python and HTML file of these folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    return [ROOT / name for name in listed if name.endswith((".py", ".html", ".js")) and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\sstyle\s*=", "an inline style, which the content security policy refuses"),
        (r"<style\b", "a style element, which the content security policy refuses"),
        (r"<script\b(?![^>]*\bsrc=)", "a script with a body, which the content security policy refuses"),
        (r"\son[a-z]+\s*=\s*[\"']", "an event attribute, which the content security policy refuses"),
        (r"\shx-on", "hx-on, which evaluates code"),
        (r"(?:src|srcset|action)\s*=\s*[\"']\s*(?:https?:)?//", "an asset or a form of another site"),
        (r"<link\b[^>]*href\s*=\s*[\"']\s*(?:https?:)?//", "a style sheet of another site"),
        (r"javascript:", "a script in an address"),
        (r"\|\s*safe\b|autoescape\s+off", "text that is trusted without a look"),
    ],
)
def test_a_template_holds_nothing_that_the_browser_should_refuse(path: Path, pattern: str, why: str) -> None:
    found = re.search(pattern, path.read_text(), re.IGNORECASE)

    assert not found, f"{name_of(path)} holds {why}: {found[0] if found else ''}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_extends_another_or_is_a_whole_document(path: Path) -> None:
    text = path.read_text()

    assert "{% extends " in text or "<!doctype html>" in text.lower()


def test_the_base_takes_its_title_from_the_page_where_a_page_gives_no_other() -> None:
    text = (ROOT / "templates/base.html").read_text()

    assert re.search(r"<title>.*{% block title %}.*page\.frame\.title.*</title>", text, re.DOTALL)


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    for path in (STATIC / "css").glob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"]http", path.read_text()), path.name


@pytest.mark.parametrize("line", (STATIC / "vendor/SHA256SUMS").read_text().splitlines())
def test_a_vendored_file_is_the_one_that_was_reviewed(line: str) -> None:
    digest, name = line.split()

    assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


def test_every_vendored_script_has_its_hash_written_down() -> None:
    listed = {line.split()[1] for line in (STATIC / "vendor/SHA256SUMS").read_text().splitlines()}

    assert {path.name for path in (STATIC / "vendor").iterdir() if path.suffix in {".js", ".css"}} <= listed


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), list(product(TEXTS, GROUNDS)))
def test_text_can_be_read_on_every_ground_in_both_themes(text: str, ground: str, theme: str) -> None:
    which = THEMES.index(theme)

    assert contrast(COLOURS[text][which], COLOURS[ground][which]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("verdict", TEXTS[3:])
def test_a_verdict_can_be_read_on_its_own_tint(verdict: str, theme: str) -> None:
    colour, surface = COLOURS[verdict][THEMES.index(theme)], COLOURS["surface"][THEMES.index(theme)]
    tint = "#" + "".join(
        f"{round(0.12 * int(colour[at : at + 2], 16) + 0.88 * int(surface[at : at + 2], 16)):02x}" for at in (1, 3, 5)
    )

    assert contrast(colour, tint) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_the_primary_button_can_be_read(theme: str) -> None:
    which = THEMES.index(theme)

    assert contrast(COLOURS["on-accent"][which], COLOURS["accent"][which]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_border_of_a_control_can_be_seen(ground: str, theme: str) -> None:
    which = THEMES.index(theme)

    assert contrast(COLOURS["line"][which], COLOURS[ground][which]) >= 3


def test_white_on_black_has_the_highest_contrast_there_is() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_mark_and_a_word(outcome: Outcome) -> None:
    look = words.OUTCOMES[outcome]

    assert look.mark
    assert look.word
    assert f'[data-verdict="{look.key}"]' in TOKENS


@pytest.mark.parametrize("state", [state for state in JobState if state != JobState.FINISHED])
def test_every_state_of_a_job_has_a_mark_and_a_word_of_its_own(state: JobState) -> None:
    look = words.STATES[state]

    assert look.mark
    assert f'[data-verdict="{look.key}"]' in TOKENS
    assert [other.word for other in words.STATES.values()].count(look.word) == 1


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_mark_and_a_word(verdict: Verdict) -> None:
    assert words.VERDICTS[verdict].mark
    assert words.VERDICTS[verdict].word


def test_no_application_code_knows_a_course() -> None:
    # The numbers and addresses of our own courses and the names of their universities: they belong in `courses/` only.
    offerings = [yaml.safe_load(path.read_text()) for path in sorted(ROOT.glob("courses/*/offering.yaml"))]
    known = {str(offering["course"]["code"]) for offering in offerings}
    known |= {offering["organization"]["name"] for offering in offerings} | {item["slug"] for item in offerings}
    others = r"10-?[34]14|11-?785|cs ?182|6\.5940|dlsys|needle course|carnegie|berkeley"
    words_apart = "|".join(re.sub(r"(?<=[A-Z])\\? ?(?=\d)", r"[ -]?", re.escape(name)) for name in sorted(known))
    pattern = re.compile(rf"(?<![\w.])(?:{words_apart}|{others})(?![\w.])", re.IGNORECASE)

    found = [
        f"{name_of(path)}: {match[0]}"
        for path in code("coursehub", "grading", "runners", "templates")
        if (match := pattern.search(path.read_text()))
    ]

    assert len(known) >= 14
    assert pattern.search("in CIS 6220,")
    assert pattern.search("DS6050")
    assert found == []


def test_no_module_is_called_after_nothing() -> None:
    empty_names = {"utils.py", "helpers.py", "misc.py", "manager.py", "common.py"}

    assert [
        name_of(path) for path in code("coursehub", "grading", "runners", "gpu_worker") if path.name in empty_names
    ] == []


def test_nothing_is_left_for_later() -> None:
    markers = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
    folders = ("coursehub", "grading", "runners", "gpu_worker/harness", "templates", "deploy", "tests", "benchmarks")

    assert [
        name_of(path) for path in code(*folders) if "vendor" not in path.parts and markers.search(path.read_text())
    ] == []


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` by WCAG 2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
