"""The tokens of runners: 256 random bits, of which only a hash is kept."""

import hashlib
import secrets

from grading.submissions.models import Runner


def digest_of(token: str) -> str:
    """Return what is kept of a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def register_runner(name: str, *, token: str = "") -> tuple[Runner, str]:
    """Make a runner known, or give a known one a new token. Returns the token in clear, for the last time."""
    token = token or f"chr_{secrets.token_urlsafe(32)}"
    runner, _ = Runner.objects.update_or_create(name=name, defaults={"token_digest": digest_of(token)})
    return runner, token


def runner_with(token: str) -> Runner:
    """Return the runner that a token belongs to. Raises ``Runner.DoesNotExist``."""
    return Runner.objects.get(token_digest=digest_of(token))


def undrain(runner: Runner) -> None:
    """Give a drained runner jobs again, with a clean slate."""
    runner.faults.update(runner=None)
    Runner.objects.filter(pk=runner.pk).update(drained_at=None, drain_reason="")
