"""How often somebody handed in, in words."""

from coursehub.web import words


def tries_sentence(used: int, allowed: int | None) -> str:
    """Return how many tries are used, of how many."""
    if allowed is None:
        return f"{words.plural(used, 'try', 'tries')} used"
    return f"{used} of {words.plural(allowed, 'try', 'tries')} used"
