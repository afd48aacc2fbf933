"""Send what waits in the outbox.

Theory of operation
-------------------
``deliver`` runs in the site's worker: when somebody put letters there, and by the clock. It takes letters one by one,
each by one conditional UPDATE that sets a lease and counts the try, writes the text, hands it to the mail server over
one connection, and notes what became of it by another UPDATE that names the try. One run at a time sends, so that a
slow mail server holds one thread of the worker and no more.

A server that does not answer is no fault of a letter: all of them wait, longer after each try, for three days; and
those that were tried less go first, so that one at which everything fails stops no other. A server that refuses an
address for good ends that letter only. A worker that dies after it has handed a letter over and before it has noted
that cannot be told from one that died before; the letter is sent again, under the same ``Message-ID``.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F

from coursehub.common.clock import database_now
from coursehub.mail.models import Letter
from coursehub.mail.outbox import call_the_worker, writer_of

log = logging.getLogger(__name__)

State = Letter.State
LEASE = timedelta(minutes=2)
"""Longer than a mail server may take for one letter, each of its answers up to ``EMAIL_TIMEOUT``."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""After the first try, the second, the third, and every later one."""
GIVE_UP_AFTER = timedelta(days=3)
RUN_SECONDS = 20.0
_PERMANENT = 500
_SILENT = "The worker stopped while it was being sent."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    sentence: str
    is_final: bool = False
    """It would fail again, so it is not tried again."""
    is_of_server: bool = False
    """No other letter could be sent now either."""


def deliver() -> int:
    """Send letters that are due, for some seconds; returns how many. Does nothing while another run sends."""
    at = database_now()
    if Letter.objects.filter(state=State.SENDING, lease_until__gte=at).exists():
        return 0
    _free_lost(at)
    connection: BaseEmailBackend = get_connection(fail_silently=False)
    until, count = time.monotonic() + RUN_SECONDS, 0
    try:
        while letter := _claimed():
            failure = _sent(letter, connection)
            count += failure is None
            if failure and failure.is_of_server:
                break
            if time.monotonic() > until:
                call_the_worker()
                break
    finally:
        connection.close()
    return count


def _free_lost(at: datetime) -> None:
    for letter in Letter.objects.filter(state=State.SENDING, lease_until__lt=at).order_by("pk")[:100]:
        _failed(letter, _Failure(sentence=_SILENT))


def _claimed() -> Letter | None:
    while True:
        at = database_now()
        due = Letter.objects.filter(state=State.WAITING, not_before__lte=at)
        letter = due.select_related("user").order_by("tries", "not_before", "pk").first()
        if letter is None:
            return None
        taken = Letter.objects.filter(pk=letter.pk, state=State.WAITING, tries=letter.tries).update(
            state=State.SENDING, lease_until=at + LEASE, tries=F("tries") + 1, address=letter.user.email
        )
        if taken:
            letter.tries += 1
            return letter


def _sent(letter: Letter, connection: BaseEmailBackend) -> _Failure | None:
    """Write one letter, hand it over and note that; returns what went wrong, or None."""
    message = writer_of(letter).write(letter)
    if message is None:
        _end(letter, State.WITHDRAWN)
        return None
    message.to = [letter.user.email]
    message.extra_headers["Message-ID"] = _message_id(letter)
    try:
        connection.open()
        connection.send_messages([message])
    except (OSError, SMTPException, ValueError) as error:
        failure = _failure_of(error)
        if failure.is_of_server:
            connection.close()
        _failed(letter, failure)
        return failure
    _end(letter, State.SENT)
    return None


def _failure_of(error: Exception) -> _Failure:
    match error:
        case SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return _Failure(sentence=f"{code} {_told(text)}", is_final=code >= _PERMANENT)
        case SMTPDataError():
            code = error.smtp_code
            return _Failure(sentence=f"{code} {_told(error.smtp_error)}", is_final=code >= _PERMANENT)
        case ValueError():
            return _Failure(sentence=f"No message can be addressed so: {error}", is_final=True)
        case _:
            return _Failure(sentence=f"The mail server cannot be used: {error}", is_of_server=True)


def _failed(letter: Letter, failure: _Failure) -> None:
    at = database_now()
    is_over = failure.is_final or at - letter.queued_at >= GIVE_UP_AFTER
    log.warning("Letter %s, try %s: %s", letter.pk, letter.tries, failure.sentence)
    problem = failure.sentence[: Letter._meta.get_field("problem").max_length]
    if is_over:
        _end(letter, State.UNDELIVERED, problem=problem)
        return
    later = at + PAUSES[min(letter.tries, len(PAUSES)) - 1]
    _held(letter, state=State.WAITING, lease_until=None, not_before=later, problem=problem)
    if failure.is_of_server:
        # One letter has tried for all of them.
        Letter.objects.filter(state=State.WAITING, not_before__lt=later).update(not_before=later)


def _end(letter: Letter, state: Letter.State, *, problem: str = "") -> None:
    with transaction.atomic():
        ended = _held(letter, state=state, lease_until=None, ended_at=database_now(), problem=problem)
        if ended and state == State.UNDELIVERED:
            writer_of(letter).undelivered(letter)


def _held(letter: Letter, **news: object) -> bool:
    """Change a letter that this try still holds. False: it is another's by now, and nothing changed."""
    return Letter.objects.filter(pk=letter.pk, state=State.SENDING, tries=letter.tries).update(**news) == 1


def _message_id(letter: Letter) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<letter-{letter.pk}-{int(letter.queued_at.timestamp())}@{domain}>"


def _told(text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(said.split())
