"""The one task of a runner: a ticket, which says that there is work in a lane."""

from runners.app import app, host


@app.task(name="runners.tasks.work", ignore_result=True)
def work(lane: str) -> None:
    """Let a free slot of this host ask for work."""
    host().wake(lane)
