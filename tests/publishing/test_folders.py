"""Reading a folder: every problem is named with its file and its line."""

import re
from pathlib import Path

import pytest

from coursehub.publishing.errors import FolderInvalid, Problem
from coursehub.publishing.folders import read_folder, write_folder
from tests.publishing.contents import make_content

OFFERING = """\
slug: tensors-2026f
organization: {slug: example, name: Example University}
term: {code: 2026f, name: Fall 2026}
course: {code: T-101, title: Tensors}
timezone: America/New_York
"""


def folder_of(path: Path, **files: str) -> Path:
    """Write ``offering.yaml`` and further files; ``a__b`` is the file b in the folder a."""
    for name, text in {"offering": OFFERING, **files}.items():
        folder, _, rest = name.rpartition("__")
        file = path / folder / (f"{rest}.md" if folder else f"{rest}.yaml")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return path


def problems_of(path: Path, **files: str) -> list[Problem]:
    with pytest.raises(FolderInvalid) as caught:
        read_folder(folder_of(path, **files))
    return list(caught.value.problems)


def test_the_smallest_course_is_one_file(tmp_path: Path) -> None:
    content = read_folder(folder_of(tmp_path))

    assert content.offering.term.code == "2026f"
    assert content.blocks == {}


def test_a_folder_without_the_first_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FolderInvalid, match=r"^offering\.yaml:1: This file is missing"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("files", "where", "sentence"),
    [
        ({"offering": OFFERING + "colour: red\n"}, "offering.yaml:6", "“colour” is not a field here."),
        ({"offering": OFFERING.replace("America/New_York", "Mars")}, "offering.yaml:5", "Mars is not a time zone"),
        ({"offering": OFFERING + "status: maybe\n"}, "offering.yaml:6", "write 'draft', 'published' or 'archived'"),
        ({"offering": OFFERING + "slug: again\n"}, "offering.yaml:6", "“slug” stands here twice."),
        ({"offering": OFFERING + "links: [\n"}, "offering.yaml:7", "This is not YAML"),
        (
            {"offering": OFFERING + "links:\n  - {key: a, kind: b, label: c, url: javascript:x}\n"},
            "offering.yaml:7",
            "write an address that begins with https://",
        ),
        ({"schedule": "- one\n"}, "schedule.yaml:1", "This should be fields with values"),
        (
            {"schedule": "events:\n  - key: l1\n    title: One\n    date: 2026-02-30\n"},
            "schedule.yaml:4",
            "“date” cannot be “2026-02-30”",
        ),
        ({"schedule": "events:\n  - key: L1\n    title: One\n"}, "schedule.yaml:2", "small letters, digits and dashes"),
        ({"schedule": "events:\n  - &a {key: l1, title: One}\n  - *a\n"}, "schedule.yaml:3", "write it out"),
        (
            {"schedule": "events:\n  - {key: l1, title: One}\n  - {key: l1, title: Two}\n"},
            "schedule.yaml:3",
            "“l1” is the key of something else here",
        ),
        (
            {
                "schedule": "events:\n  - {key: l1, title: One, date: 2026-09-03}\n"
                "  - {key: l2, title: Two, date: 2026-09-01}\n"
            },
            "schedule.yaml:3",
            "2026-09-01 comes after 2026-09-03",
        ),
        (
            {"schedule": "weeks: [{number: 1}]\nevents:\n  - key: l1\n    title: One\n    week: 2\n"},
            "schedule.yaml:5",
            "There is no week 2.",
        ),
        (
            {
                "materials": "materials:\n  - {key: slides-1, kind: slides, title: One}\n",
                "schedule": "events:\n  - key: l1\n    title: One\n    materials:\n      - material: slide-1\n",
            },
            "schedule.yaml:5",
            "There is no material “slide-1”. Did you mean “slides-1”?",
        ),
        ({"schedule": "events:\n  - {key: l1, title: One, modules: [m1]}\n"}, "schedule.yaml:2", "no module “m1”"),
        ({"schedule": "events:\n  - {key: l1, title: One, cohorts: [a]}\n"}, "schedule.yaml:2", "no cohort “a”"),
        (
            {"schedule": "events:\n  - {key: l1, title: One, speakers: [{staff: he}]}\n"},
            "schedule.yaml:2",
            "no person among the staff “he”",
        ),
        (
            {"schedule": "events:\n  - {key: l1, title: One, start: 11:00, end: 10:00}\n"},
            "schedule.yaml:2",
            "It ends at 10:00, which is not after 11:00.",
        ),
        (
            {"grading": "nodes:\n  - {key: a, label: A, weight: 50}\n  - {key: b, label: B, weight: 40}\n"},
            "grading.yaml:1",
            "The weights add up to 90, not to 100.",
        ),
        (
            {
                "grading": "nodes:\n  - key: a\n    label: A\n    weight: 100\n    parts:\n"
                "      - {key: b, label: B, weight: 40}\n      - {key: c, label: C, weight: 50}\n"
            },
            "grading.yaml:5",
            "The parts of “A” add up to 90, not to 100.",
        ),
        (
            {
                "grading": "status: published\nletters: {A: 90, B: 0}\nnodes:\n"
                "  - {key: a, label: A, weight: 100, drop_lowest: 1, drop_highest: 1, aggregation: points}\n"
            },
            "grading.yaml:4",
            "A: the highest can be dropped only from a mean",
        ),
        (
            {"grading": "letters: {A: 90, B: 90}\n"},
            "grading.yaml:1",
            "“A” starts at 90 too",
        ),
        (
            {"grading": "nodes:\n  - {key: a, label: A, assessments: [hw9]}\n"},
            "grading.yaml:2",
            "no assessment “hw9”",
        ),
        (
            {"assessments__01-hw1": "---\ntitle: One\nmax_points: 10\ndue: {event: l9}\n---\n"},
            "assessments/01-hw1.md:4",
            "There is no event “l9”.",
        ),
        (
            {"assessments__01-hw1": "---\ntitle: One\nmax_points: 10\ndue: 2026-09-23\n---\n"},
            "assessments/01-hw1.md:4",
            "write a day and a time",
        ),
        (
            {"assessments__hw1": "---\ntitle: One\nmax_points: 1\nrelease: 2026-09-2 9:00\n---\n"},
            "assessments/hw1.md:4",
            "“date” cannot be “2026-09-2”",
        ),
        (
            {
                "assessments__hw1": "---\ntitle: One\nmax_points: 1\ndue: 2026-09-02 09:00\n"
                "closes: 2026-09-01 09:00\n---\n"
            },
            "assessments/hw1.md:5",
            "It closes on 01 Sep 2026 09:00, before it is due.",
        ),
        (
            {"assessments__hw1": "---\ntitle: One\nmax_points: 1\ndue: 2026-03-08 02:30\n---\n"},
            "assessments/hw1.md:4",
            "the clocks go forward over 02:30",
        ),
        ({"assessments__hw1": "---\nmax_points: 1\n---\n"}, "assessments/hw1.md:2", "“title” is missing."),
        ({"syllabus__01-a": "No fields."}, "syllabus/01-a.md:1", "between two lines of three dashes"),
        ({"syllabus__01-a": "---\nheading: A\n"}, "syllabus/01-a.md:1", "The second line of three dashes"),
        ({"syllabus__A b": "---\nheading: A\n---\n"}, "syllabus/A b.md:1", "Name the file like 01-some-key.md"),
        (
            {"syllabus__01-a": "---\nheading: A\n---\n", "syllabus__02-a": "---\nheading: B\n---\n"},
            "syllabus/02-a.md:1",
            "Another file here has the key “a” already.",
        ),
        (
            {"announcements__a": "---\ntitle: A\npublish_at: soon\n---\n"},
            "announcements/a.md:3",
            "“publish_at” cannot be “soon”",
        ),
        ({"shedule": "weeks: []\n"}, "shedule.yaml:1", "No such file is read."),
        (
            {"assumptions": "assumptions:\n  - {key: a, about: 'assessment:hw9', question: 'Why?'}\n"},
            "assumptions.yaml:2",
            "There is no assessment “hw9”.",
        ),
        (
            {"modules": "modules:\n  - {key: a, number: 1, title: A}\n  - {key: b, number: 1, title: B}\n"},
            "modules.yaml:3",
            "“1” is the number of something else here",
        ),
        (
            {"modules": "modules: []\ngroupings:\n  phase:\n    - number: 1\n      title: A\n      modules: [a]\n"},
            "modules.yaml:6",
            "There is no module “a”.",
        ),
    ],
)
def test_a_problem_names_its_file_and_line(tmp_path: Path, files: dict[str, str], where: str, sentence: str) -> None:
    found = problems_of(tmp_path, **files)

    assert len(found) == 1
    assert str(found[0]).startswith(f"{where}: ")
    assert sentence in found[0].sentence


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        schedule="events:\n  - {key: l1, title: One, module: m1}\n",
        grading="nodes:\n  - {key: a, label: A, weight: heavy}\n",
        materials="materials:\n  - {key: a, kind: b}\n",
        assessments__hw1="---\ntitle: One\nmax_points: 1\ndue: {event: l1}\ndepends_on: hw0\n---\n",
    )

    assert [f"{problem.file}:{problem.line}" for problem in found] == [
        "assessments/hw1.md:5",
        "grading.yaml:2",
        "materials.yaml:2",
        "schedule.yaml:2",
    ]


def test_what_looks_like_a_number_or_a_truth_stays_what_was_written(tmp_path: Path) -> None:
    schedule = "events:\n  - {key: no, title: 6.100, start: 9:15, end: 10:00, location: 0012}\n"
    event = read_folder(folder_of(tmp_path, schedule=schedule)).schedule.events[0]

    assert (event.key, event.title, event.location) == ("no", "6.100", "0012")
    assert event.start is not None
    assert event.start.isoformat() == "09:15:00"


def test_the_number_before_a_name_is_its_order(tmp_path: Path) -> None:
    content = read_folder(
        folder_of(
            tmp_path,
            syllabus__02_a="---\nheading: Second\n---\n",
            **{"syllabus__10-b": "---\nheading: Last\n---\n", "syllabus__9-c": "---\nheading: First\n---\n"},
        )
    )

    assert list(content.blocks) == ["c", "b", "02_a"]


def test_exporting_removes_what_is_gone_and_leaves_what_is_not_ours(tmp_path: Path) -> None:
    write_folder(make_content(), tmp_path)
    (tmp_path / "README.txt").write_text("Ours.")

    write_folder(make_content(blocks={}, assumptions={}), tmp_path)

    assert (tmp_path / "README.txt").exists()
    assert list((tmp_path / "syllabus").iterdir()) == []
    assert not (tmp_path / "assumptions.yaml").exists()


def test_the_example_in_the_documents_is_a_course(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/reference/course-files.md").read_text()
    for name, content in re.findall(r"^`([\w/.-]+)`\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)

    course = read_folder(tmp_path)

    assert set(course.assessments) == {"hw1"}
    assert len(course.schedule.events) == 2
    assert len(course.assumptions.assumptions) == 1
