"""The few things that templates need beyond Django's own tags."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursehub.web.moments import Moment
from coursehub.web.words import Look

register = template.Library()


@register.simple_tag
def moment(at: Moment) -> SafeString:
    """Show a moment: human in text, exact on hover, and for machines."""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.iso, at.exact, at.text)


@register.simple_tag
def chip(look: Look) -> SafeString:
    """Show a verdict or state as a pill: colour, mark and word."""
    return format_html(
        '<span class="chip" data-verdict="{}"><span class="mark" aria-hidden="true">{}</span>{}</span>',
        look.key,
        look.mark,
        look.word,
    )


@register.simple_tag
def verdict(look: Look) -> SafeString:
    """Show a verdict or state in a line of text or a table."""
    return format_html(
        '<span class="verdict" data-verdict="{}"><span class="mark" aria-hidden="true">{}</span>{}</span>',
        look.key,
        look.mark,
        look.word,
    )
