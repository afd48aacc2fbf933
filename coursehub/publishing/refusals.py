"""What the editor refuses, before anything is written.

::

    EditRefused
    ├── NotATable      what was pasted holds no table
    └── NotThere       the entry was removed meanwhile, or never existed
"""


class EditRefused(Exception):
    """This cannot be changed in this way."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return str(self)


class NotATable(EditRefused):
    """There is no table in this text. Copy the cells in the spreadsheet, or the whole table of the page, and paste."""


class NotThere(EditRefused):
    """This is no longer there: somebody removed it. Go back to the list to see what is."""
