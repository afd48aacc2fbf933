"""What a runner reads from its environment, and what it says when that is wrong."""

from pathlib import Path

import pytest

from runners.config import ConfigInvalid, read_config
from runners.protocol import Lane

ENOUGH = {"RUNNER_TOKEN": "secret-token"}


def test_a_token_is_all_that_must_be_set():
    config = read_config(ENOUGH)

    assert (config.site_url, config.lane, config.slots, config.sandbox) == (
        "http://127.0.0.1:8000",
        Lane.CPU,
        2,
        "auto",
    )
    assert config.uses_folder_broker
    assert config.name


def test_everything_can_be_set(tmp_path):
    config = read_config(
        ENOUGH
        | {
            "SITE_URL": "https://hub.example.edu/",
            "RUNNER_NAME": "gpu-host-1",
            "RUNNER_LANE": "gpu-shared",
            "RUNNER_SLOTS": "7",
            "RUNNER_SANDBOX": "docker",
            "LANE_BROKER_URL": "redis://runner:pw@redis:6379/1",
            "BROKER_DIR": str(tmp_path),
            "SUITES_DIR": "/srv/suites",
        }
    )

    assert config.site_url == "https://hub.example.edu"
    assert (config.name, config.lane, config.slots, config.sandbox) == ("gpu-host-1", Lane.GPU_SHARED, 7, "docker")
    assert (config.broker_folder, config.suites_folder) == (tmp_path / "lanes", Path("/srv/suites"))
    assert not config.uses_folder_broker


def test_a_token_may_lie_in_a_file(tmp_path):
    (tmp_path / "token").write_text("from-the-file\n")

    assert read_config({"RUNNER_TOKEN_FILE": str(tmp_path / "token")}).token == "from-the-file"


def test_secrets_are_not_shown_by_repr():
    config = read_config(ENOUGH | {"LANE_BROKER_URL": "redis://runner:hidden@redis:6379/1"})

    assert "secret-token" not in repr(config)
    assert "hidden" not in repr(config)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"RUNNER_TOKEN": ""}, "register_runner"),
        ({"RUNNER_TOKEN": "", "RUNNER_TOKEN_FILE": "/nowhere/token"}, "cannot be read"),
        ({"RUNNER_TOKEN": "", "RUNNER_TOKEN_FILE": "/dev/null"}, "holds no token"),
        ({"SITE_URL": "hub.example.edu"}, "write the address of the site"),
        ({"RUNNER_LANE": "tpu"}, "cpu, gpu-shared, gpu-exclusive"),
        ({"RUNNER_SLOTS": "0"}, "1 to 256"),
        ({"RUNNER_SLOTS": "two"}, "1 to 256"),
        ({"RUNNER_SANDBOX": "none"}, "auto, bubblewrap, docker"),
        ({"LANE_BROKER_URL": "amqp://x"}, "redis://"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(wrong, sentence):
    with pytest.raises(ConfigInvalid, match=sentence):
        read_config(ENOUGH | wrong)


def test_dockers_template_mode_is_a_switch_that_is_off():
    assert not read_config(ENOUGH).docker_templates
    assert not read_config(ENOUGH | {"RUNNER_DOCKER_TEMPLATES": "0"}).docker_templates
    assert read_config(ENOUGH | {"RUNNER_DOCKER_TEMPLATES": "1"}).docker_templates
    with pytest.raises(ConfigInvalid, match="write 1 for yes or 0 for no"):
        read_config(ENOUGH | {"RUNNER_DOCKER_TEMPLATES": "yes"})
