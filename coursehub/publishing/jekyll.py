"""A course's Jekyll site as a content: one page, or a folder with the usual collections.

Read are the home page (front matter, a header in raw HTML, Markdown with tables), ``_config.yml``, ``_staffers``,
``_modules``, ``_schedules``, ``_announcements`` and every other page. What the site does not say is not invented: it is
left out, and stands among the assumptions for an instructor to confirm. What is read becomes a draft.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.text import slugify

from coursehub.publishing import jekyll_collections as collections
from coursehub.publishing.content import OfferingContent, PageContent
from coursehub.publishing.jekyll_home import Header, code_and_title, instructors, read_header, read_home
from coursehub.publishing.jekyll_text import Source, cleaned, pages_linked_from, read_source, relinked
from coursehub.publishing.paste import free_key
from coursehub.publishing.refusals import EditRefused
from coursehub.publishing.schema import (
    AssumptionEntry,
    AssumptionsFile,
    CourseEntry,
    MaterialsFile,
    ModulesFile,
    OfferingFile,
    OrganizationEntry,
    ScheduleFile,
    TermEntry,
)

_HOMES = ("index.md", "index.markdown", "home.md", "README.md")
_NOT_PAGES = frozenset({"index", "home", "readme", "license", "contributing", "changelog", "404"})
_SEASONS: Mapping[str, tuple[int, int]] = {"winter": (1, 20), "spring": (3, 15), "summer": (7, 1), "fall": (10, 15)}
_UNKNOWN = "To be announced"


class NotASite(EditRefused):
    """There is no page of a Jekyll site here. Name a page, or a folder that holds an index.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is said beside the site, because it may not say it; an empty text leaves it to the site."""

    slug: str = ""
    code: str = ""
    title: str = ""
    term: str = ""
    organization: str = ""
    timezone: str = ""


def read_site(path: Path, given: Given) -> OfferingContent:
    """Return what a page or a folder says. Raises ``NotASite``."""
    folder = path if path.is_dir() else None
    home_file = next((path / name for name in _HOMES if (path / name).is_file()), None) if folder else path
    if home_file is None or not home_file.is_file():
        raise NotASite
    site = _config(folder) if folder else {}
    source = _read(home_file)
    header, text = read_header(source.text)
    file, questions = _offering(header, source, site, given)

    staff = collections.read_staffers(_collection(folder, "_staffers")) or instructors(header.instructors)
    holders = [person.key for person in staff if person.position == "instructor"]
    raw_pages = {stem: page for stem, page in _pages(folder).items() if cleaned(page.text, site)}
    missing = [name for name in pages_linked_from(text) if name not in raw_pages]
    names = frozenset({*raw_pages, *missing})

    def plain(words: str) -> str:
        return relinked(cleaned(words, site), slug=file.slug, pages=names)

    home = read_home(plain(text), staff=holders)
    calendar = collections.read_modules(_collection(folder, "_modules"), site, near=_near(file.term.name))
    weekly = collections.read_schedules(_collection(folder, "_schedules"))
    questions += [*home.assumptions, *calendar.assumptions, *(_about_page(name) for name in missing)]
    return OfferingContent(
        offering=file.model_copy(update={"staff": staff, "prerequisites": list(home.prerequisites)}),
        blocks=home.blocks,
        pages={
            **{
                stem: PageContent(title=_title(stem, page), body_md=plain(page.text))
                for stem, page in raw_pages.items()
            },
            **{name: PageContent(title=name.replace("-", " ").capitalize()) for name in missing},
        },
        announcements=collections.read_announcements(_collection(folder, "_announcements"), site),
        assessments=calendar.assessments,
        schedule=ScheduleFile(weeks=calendar.weeks, series=weekly or list(home.series), events=calendar.events),
        modules=ModulesFile(modules=calendar.modules),
        materials=MaterialsFile(materials=calendar.materials),
        grading=home.grading,
        assumptions=AssumptionsFile(assumptions=questions),
    )


def _offering(
    header: Header, source: Source, site: Mapping[str, Any], given: Given
) -> tuple[OfferingFile, list[AssumptionEntry]]:
    questions: list[AssumptionEntry] = []

    def said(name: str, *values: object, otherwise: str = "") -> str:
        found = next((str(value).strip() for value in values if value), "")
        if not found:
            questions.append(
                AssumptionEntry(
                    key=slugify(name),
                    about=f"offering:{slugify(name)}",
                    question=f"The site does not say the {name} of the course. What is it?",
                    assumed=otherwise,
                )
            )
        return found or otherwise

    code, title = code_and_title(str(site.get("course_name") or site.get("title") or source.fields.get("title") or ""))
    code = said("code", given.code, header.code, site.get("course_code"), code, otherwise=_UNKNOWN)
    title = said("title", given.title, header.title, title, otherwise=_UNKNOWN)
    term = said("term", given.term, header.term, site.get("course_semester"), site.get("semester"), otherwise=_UNKNOWN)
    organization = said(
        "university", given.organization, header.organization, site.get("university"), otherwise=_UNKNOWN
    )
    zone = said("time zone", given.timezone, site.get("timezone"), otherwise="UTC")
    return (
        OfferingFile(
            slug=given.slug or free_key(f"{title if code == _UNKNOWN else code} {term}", [], longest=80),
            organization=OrganizationEntry(slug=free_key(organization, [], longest=50), name=organization[:200]),
            term=TermEntry(code=free_key(term, [], longest=20), name=term[:60]),
            course=CourseEntry(code=code[:30], title=title[:200]),
            timezone=zone,
        ),
        questions,
    )


def _about_page(name: str) -> AssumptionEntry:
    question = f"What belongs on the page “{name}”? The site links to it, and it was not among what was imported."
    return AssumptionEntry(key=f"page-{name}", about=f"page:{name}", question=question, assumed="It is empty")


def _near(term: str) -> dt.date | None:
    season = next((day for name, day in _SEASONS.items() if name in term.lower().replace("autumn", "fall")), None)
    year = re.search(r"\b(20\d\d)\b", term)
    return dt.date(int(year[1]), *season) if season and year else None


def _config(folder: Path) -> Mapping[str, Any]:
    file = folder / "_config.yml"
    if not file.is_file():
        return {}
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{file.name} cannot be read: {error}"
        raise NotASite(message) from error
    return found if isinstance(found, dict) else {}


def _collection(folder: Path | None, name: str) -> list[tuple[str, Source]]:
    if folder is None or not (folder / name).is_dir():
        return []
    return [(file.stem, _read(file)) for file in sorted((folder / name).glob("*.md"), key=_in_order)]


def _pages(folder: Path | None) -> dict[str, Source]:
    files = sorted(folder.glob("*.md")) if folder else []
    found: dict[str, Source] = {}
    for file in files:
        name = free_key(file.stem, found, fallback="page")
        if name not in _NOT_PAGES:
            found[name] = _read(file)
    return found


def _read(file: Path) -> Source:
    try:
        return read_source(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {error}"
        raise NotASite(message) from error


def _title(stem: str, page: Source) -> str:
    return str(page.fields.get("title") or stem.replace("-", " ").capitalize())[:200]


def _in_order(file: Path) -> list[tuple[int, str]]:
    # week-2 comes before week-10.
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", file.stem)]
