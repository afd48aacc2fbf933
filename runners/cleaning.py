"""Text from a submission, made fit to be stored and shown."""

import re

# Escape sequences that colour a terminal: as text they are only noise.
_COLOURS = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
# Control characters of both sets but tab and newline; marks that reverse the reading order; what is no character.
_UNFIT = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return the text without colours, with one kind of line end, and U+FFFD for what may not be shown."""
    return _UNFIT.sub("\ufffd", _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
