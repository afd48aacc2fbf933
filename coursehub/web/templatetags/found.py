"""How a search shows what it found."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coursehub.common.searching import Piece

register = template.Library()


@register.simple_tag
def pieces(found: Iterable[Piece]) -> SafeString:
    """Show a text with what was looked for marked."""
    shown = (format_html("<mark>{}</mark>", piece.text) if piece.is_match else piece.text for piece in found)
    return format_html_join("", "{}", ((piece,) for piece in shown))
