"""Put letters into the outbox. Whoever changes something puts them there in the same transaction.

The rows are the queue. After the commit a message tells the site's worker that there is something to send; where the
broker does not take it, the clock of the worker finds the letters some seconds later.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from coursehub.accounts.models import User
from coursehub.common.brokers import Sender
from coursehub.mail.models import Letter

log = logging.getLogger(__name__)

DELIVER_TASK = "coursehub.mail.deliver"
QUEUE = "site"
_site = Sender("site", folder="site", address=lambda: str(settings.SITE_BROKER_URL), log=log)
_FAILING = "The site's worker could not be told of mail; it looks by itself."


def _nothing(_letter: Letter) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What writes the letters of one kind, at the moment when they are sent."""

    write: Callable[[Letter], EmailMessage | None]
    """Returns the message, or None where it is no longer wanted."""
    undelivered: Callable[[Letter], None] = _nothing
    """Told in the transaction that gives a letter up."""


_writers: dict[str, Writer] = {}


def register(kind: str, writer: Writer) -> None:
    """Say who writes the letters of a kind; called once, when the site starts."""
    _writers[kind] = writer


def writer_of(letter: Letter) -> Writer:
    """Return who writes a letter. Raises ``KeyError`` for a kind that nobody registered."""
    return _writers[letter.kind]


def put(kind: str, *, about: str, event: str, letters: Iterable[tuple[User, Mapping[str, Any]]]) -> int:
    """Put letters into the outbox, to each person at most one about this event; returns how many are new.

    Each comes with what its writer needs. They leave after the transaction, in which `put` has to be called.
    """
    rows = [Letter(kind=kind, about=about, event=event, user=user, data=dict(data)) for user, data in letters]
    known = Letter.objects.filter(kind=kind, event=event)
    before = known.count()
    # Two that do the same at once: the constraint lets one row of each person in.
    Letter.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    transaction.on_commit(call_the_worker, robust=True)
    return known.count() - before


def call_the_worker() -> bool:
    """Tell the site's worker that letters wait, as well as it goes."""
    return _site.send(DELIVER_TASK, queue=QUEUE, failing=_FAILING)
