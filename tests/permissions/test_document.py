"""The page for administrators says what the table says."""

from tests.permissions.document import PAGE, document


def test_the_page_of_permissions_is_fresh() -> None:
    assert PAGE.read_text() == document(), "Write it again: python -m tests.permissions"
