"""Write docs/security/permissions.md: ``python -m tests.permissions``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")
django.setup()

from tests.permissions.document import PAGE, document  # noqa: E402  # the addresses are there once Django is set up

PAGE.write_text(document())
