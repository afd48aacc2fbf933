"""Bring a site's database, suites, demo data and runner token up to date, in one process.

Safe to run again: every step keeps what is already there.
"""

import argparse
import os
from pathlib import Path

import django
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command


def prepare(*, runner: str, token_file: Path, demo: bool, embedded: bool) -> None:
    """Run every management command that a start needs, in order."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("publish_suites", verbosity=0)
    if demo:
        call_command("load_demo", verbosity=0)
    call_command("register_runner", runner, token_file=token_file, verbosity=0)
    if embedded:
        call_command("collectstatic", interactive=False, verbosity=0)
        # Nothing runs yet: signs of life of an earlier start must not pass for this one's.
        apps.get_model("submissions", "Runner").objects.update(last_seen_at=None)
        cache.clear()


def main() -> None:
    """Read the arguments and prepare the site that the environment describes."""
    parser = argparse.ArgumentParser(description="Bring a site up to date before it starts.")
    parser.add_argument("--runner", required=True, help="the name under which the runner is registered")
    parser.add_argument("--token-file", required=True, type=Path, help="where the runner's token is kept")
    parser.add_argument("--demo", action="store_true", help="load the demo course and its people")
    parser.add_argument("--embedded", action="store_true", help="the whole site is started here, by us, after this")
    arguments = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")
    django.setup()
    prepare(
        runner=arguments.runner,
        token_file=arguments.token_file,
        demo=arguments.demo,
        embedded=arguments.embedded,
    )


if __name__ == "__main__":
    main()
