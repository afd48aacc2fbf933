"""A grading host gets a token once, and keeps it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from grading.submissions.models import Runner
from grading.submissions.runner_tokens import runner_with


def register(path: Path, **options: bool) -> str:
    call_command("register_runner", "lab-1", token_file=path, verbosity=0, **options)
    return path.read_text()


def test_a_new_runner_finds_its_token_in_a_file_that_only_it_can_read(db: None, tmp_path: Path) -> None:
    token = register(tmp_path / "token")

    assert runner_with(token).name == "lab-1"
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_registering_again_keeps_the_token(db: None, tmp_path: Path) -> None:
    assert register(tmp_path / "token") == register(tmp_path / "token")
    assert Runner.objects.count() == 1


def test_a_token_that_outlived_the_database_is_taken_up_again(db: None, tmp_path: Path) -> None:
    token = register(tmp_path / "token")
    Runner.objects.all().delete()

    assert register(tmp_path / "token") == token
    assert runner_with(token).name == "lab-1"


def test_a_renewed_token_ends_the_old_one(db: None, tmp_path: Path) -> None:
    old = register(tmp_path / "token")

    new = register(tmp_path / "token", renew=True)

    assert runner_with(new).name == "lab-1"
    with pytest.raises(Runner.DoesNotExist):
        runner_with(old)


def test_a_folder_that_is_not_there_is_refused_with_a_sentence(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="could not be kept"):
        register(tmp_path / "missing" / "token")
