"""The site and its runner on one machine: which programs, with which environment."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.supervision import Program

SLOTS = 2
RUNNER = "demo-runner"
CELERY = (sys.executable, "-m", "celery")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
OURS = {
    "DATABASE_URL",
    "SITE_BROKER_URL",
    "LANE_BROKER_URL",
    "BROKER_DIR",
    "SUITES_DIR",
    "SUITES_CACHE_DIR",
    "SITE_URL",
    "DJANGO_SETTINGS_MODULE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Where one demo lives."""

    state: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def token_file(self) -> Path:
        return self.state / "runner-token"

    def site_environment(self) -> dict[str, str]:
        """Return the site's environment: ours, without settings that belong to another CourseHub."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in OURS and not name.startswith(("COURSEHUB_", "RUNNER_"))
        }
        return kept | {"COURSEHUB_STATE": str(self.state), "PYTHONUNBUFFERED": "1"}

    def runner_environment(self) -> dict[str, str]:
        """Return the runner's environment, built from nothing."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "DOCKER_HOST") if name in os.environ}
        return kept | {
            "HOME": str(self.state),
            "PYTHONUNBUFFERED": "1",
            "SITE_URL": self.address,
            "RUNNER_TOKEN_FILE": str(self.token_file),
            "RUNNER_NAME": RUNNER,
            "RUNNER_SLOTS": str(SLOTS),
            "RUNNER_SANDBOX": os.environ.get("RUNNER_SANDBOX", "auto"),
            "LANE_BROKER_URL": "filesystem://",
            "BROKER_DIR": str(self.state / "broker"),
            "SUITES_CACHE_DIR": str(self.state / "suites"),
        }

    def programs(self) -> list[Program]:
        """Return the three programs of the embedded site."""
        web = (sys.executable, "-m", "gunicorn", "coursehub.wsgi", "--bind", f"127.0.0.1:{self.port}")
        beat = ("--beat", "--schedule", str(self.state / "beat-schedule"))
        return [
            Program(
                name="web",
                command=(*web, "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket"),
                stop_signal="INT",
            ),
            Program(
                name="worker",
                command=(
                    *CELERY,
                    "-A",
                    "coursehub.celery",
                    "worker",
                    "-P",
                    "threads",
                    "-c",
                    "2",
                    "-Q",
                    "site",
                    *beat,
                    *QUIET,
                ),
            ),
            Program(
                name="runner",
                command=(
                    *CELERY,
                    "-A",
                    "runners.app",
                    "worker",
                    "-P",
                    "threads",
                    "-c",
                    str(SLOTS),
                    "-Q",
                    "lane.cpu",
                    *QUIET,
                ),
                environment=self.runner_environment(),
            ),
        ]
