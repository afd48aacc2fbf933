"""Names and ids of people in a form in which two systems agree."""

import re
import unicodedata

# What Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})


def canonical_name(*parts: str) -> str:
    """Return a name without order, case, accents and punctuation: ``doe jane`` for ``Doe, Jane`` and ``Jané DOE``."""
    folded = unicodedata.normalize("NFKD", " ".join(parts).casefold())
    plain = "".join(mark for mark in folded if not unicodedata.combining(mark)).translate(_LETTERS)
    return " ".join(sorted(re.findall(r"\w+", plain.replace("'", "").replace("\u2019", "").replace("-", " "))))


def without_initials(name: str) -> str:
    """Return a canonical name without its single letters, or itself where nothing else would be left."""
    return " ".join(word for word in name.split() if len(word) > 1) or name


def canonical_id(text: str) -> str:
    """Return an id without the zeros in front, which spreadsheets drop, and without case."""
    cleaned = text.strip().casefold()
    return cleaned.lstrip("0") or cleaned


def local_part(email: str) -> str:
    """Return what stands before the at sign, without case; the whole text where there is none."""
    return email.strip().casefold().partition("@")[0]


def first_and_last(name: str) -> tuple[str, str]:
    """Return the first and the last name of ``Doe, Jane`` or ``Jane Doe``; one word alone is a last name."""
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        return first, last
    first, _, last = name.strip().rpartition(" ")
    return first.strip(), last
