"""Small Jekyll sites of courses, written for the tests in the forms that real ones have."""

from pathlib import Path

LECTURE = """---
layout: default
title: Home
---

<div class="course-header">
  <h1>AB1220: Learning Machines</h1>
  <p class="subtitle">Spring 2026 | Example University</p>
  <p class="instructor">Instructor: Professor Grace Hopper</p>
</div>

## Course Overview

What machines learn, and how.

## Prerequisites

- Graduate algebra: AB1190, AB1200 or equivalent

## Grading

| Component | Weight |
|-----------|--------|
| Attendance | 10% |
| Homework | 20% |
| Paper Critiques | 20% |
| Final Project | 30% |
| Midterms | 20% |

Letters are decided at the end.

## Major Course Themes

- **Attention**: what to look at
- **Vision**: what is seen

Recurring questions will include: "Why this shape?", "Where is the data from?", "Does it scale?"

## Course Logistics

- **Time**: TBD
- **Location**: TBD
- **Office Hours**: TBD

See the [Schedule](schedule.html) and the [Resources](resources.html).
"""

SEMINAR = """---
title: Home
---

<div class="course-header">
  <h1>AB1200: Learning Machines</h1>
  <p class="subtitle">Spring 2026 | Example University</p>
  <p class="instructor">Instructors: Grace Hopper and Dr. Alan Turing</p>
</div>

## Prerequisites

- **Required**: Graduate standing or instructor permission
- **Strongly Recommended**:
  - AB 1100 (Algebra) or equivalent
  - Comfort with calculus

## Grading

| Component | Weight | Description |
|-----------|--------|-------------|
| Paper Presentations | 25% | Lead discussion of 1-2 papers |
| Class Participation | 15% | Discussions and polls |
| Reading Responses | 20% | Every week |
| Assignments | 15% | 2-3 of them |
| Final Project | 25% | Paper and presentation |

## Themes

1. **Scale**
   - Why it matters
   - What emerges

2. **Training**
   - Data and model

## Course Logistics

- **Time**: Tuesday/Thursday 3:30-5:00 PM
- **Location**: Room 307
- **Office Hours**: Thursday 5:00-6:00 PM (after class) or by appointment
"""

_CLASS = {
    "_config.yml": 'title: "AB101: Just a Class"\nsemester: Fall 2026\nuniversity: Example University\n'
    "timezone: America/New_York\ntagline: Programs for all\n",
    "index.md": "---\nlayout: home\ntitle: Home\n---\n\n# {{ site.tagline }}\n{: .no_toc }\n\n"
    "{% include nav.html %}\nYou learn to program. <b>Really.</b> See the [rules](rules).\n",
    "rules.md": "---\ntitle: The rules\n---\n\nBe kind. {: .label }\n\n```html\n<b>{: kept }</b>\n```\n",
    "staff.md": "---\ntitle: Staff\n---\n{% for staffer in site.staffers %}{{ staffer }}{% endfor %}\n",
    "_staffers/bob.md": "---\nname: Bob Ross\nrole: Teaching Assistant\nemail: bob@example.edu\n---\n\nHappy.\n",
    "_staffers/ada.md": "---\nname: Ada Byron\nrole: Instructor\nwebsite: https://example.edu/~ada\n---\n",
    "_announcements/week-1.md": "---\ntitle: Welcome\ndate: 2026-09-01\n---\n\nHello {{ site.title }}!\n",
    "_announcements/later.md": "---\ntitle: Not yet\n---\n\nSoon.\n",
    "_schedules/weekly.md": "---\nschedule:\n"
    "  - name: Monday\n    events:\n"
    "      - {name: Lecture, start: '9:30 AM', end: '10:30 AM', type: lecture, location: Hall 1}\n"
    "  - name: Wednesday\n    events:\n"
    "      - {name: Lecture, start: '9:30 AM', end: '10:30 AM', type: lecture, location: Hall 1}\n"
    "      - {name: Office Hours, start: '1:00 PM', end: '2:00 PM', type: office-hours}\n---\n",
    "_modules/week-02.md": "---\ntitle: Loops\n---\n\nSep 9\n: [While](#)\n"
    "  : [2.1](https://example.edu/2.1), [2.2](#)\n\n"
    "Sep 11\n: No class\n: **HW 1 due**{: .label .label-red }\n",
    "_modules/week-01.md": "---\ntitle: Variables\n---\n\nA first look.\n\nSep 2\n"
    ": [Introduction](https://example.edu/slides)\n  : Bring a laptop\n"
    ": **Section**{: .label .label-purple }[Playing around](#)\n\nSep 4\n: **HW 1 out**{: .label .label-green }\n",
    "_modules/week-10.md": "---\ntitle: The end\n---\n\nNov 11\n: **Exam**{: .label }Midterm\n",
}


def write_class(folder: Path) -> Path:
    """Write a site with the usual collections and return its folder."""
    for name, text in _CLASS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def write_page(folder: Path, text: str) -> Path:
    """Write one page and return its file."""
    path = folder / "index.md"
    path.write_text(text)
    return path
