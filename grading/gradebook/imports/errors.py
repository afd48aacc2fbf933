"""What is refused about files.

::

    ImportRefused
    ├── FileUnreadable      the file is no table that can be read
    ├── OtherPlan           what would be applied is not what was looked at
    ├── NothingToApply      the file changes nothing, or cannot be used as it is
    ├── CellsChanged        something was changed since the preview
    ├── TooManyDrops        most of a class would be dropped
    └── NotUndone           it was not applied
"""


class ImportRefused(Exception):
    """This file cannot be used."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class FileUnreadable(ImportRefused):
    """This file cannot be read as a table."""


class OtherPlan(ImportRefused):
    """This file was looked at again meanwhile, so nothing was applied. Look at what it would change now."""


class NothingToApply(ImportRefused):
    """There is nothing to apply."""


class TooManyDrops(ImportRefused):
    """Many students would be dropped. Say that this is meant, or choose to add and update only."""


class NotUndone(ImportRefused):
    """This was not applied, or was taken back already."""


class CellsChanged(ImportRefused):
    """Somebody changed this meanwhile, so nothing was applied. Look again at what the file would change."""

    def __init__(self, changed: tuple[str, ...]) -> None:
        more = f"; and {len(changed) - 10} more" if len(changed) > 10 else ""
        super().__init__(
            f"Changed since the preview, so nothing was applied: {'; '.join(changed[:10])}{more}. "
            "Look again at what the file would change."
        )
        self.changed = changed
