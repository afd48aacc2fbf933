"""What a sandbox's container is made with: each line has its assertion."""

from pathlib import Path

import pytest
from docker.types import LogConfig

from runners.sandboxes.base import Limits
from runners.sandboxes.container_spec import (
    SESSION_BYTES,
    TEMPLATE_BYTES,
    ContainerOrder,
    TemplateOrder,
    container_spec,
    image_trouble,
    template_spec,
)
from runners.sandboxes.docker_stream import Demultiplexer

LIMITS = Limits(memory_bytes=1 << 30, processes=64, tmp_bytes=1 << 20, tmp_inodes=99, file_bytes=1 << 21)


@pytest.fixture
def spec():
    return container_spec(
        ContainerOrder(
            image_id="sha256:abc",
            environment="numpy",
            limits=LIMITS,
            job="7c9e6679",
            owner="boot:1:2",
            pool="f00d",
            deadline=1234,
            cpus=1.5,
        )
    )


def test_the_image_is_named_by_its_id(spec):
    assert spec["image"] == "sha256:abc"


def test_the_program_the_folder_and_the_name_are_ours_not_the_images(spec):
    assert spec["entrypoint"][0] == "/opt/python/bin/python3"
    assert {"-I", "-S"} <= set(spec["entrypoint"])
    assert spec["command"] == ["numpy", "-"]
    assert spec["working_dir"] == "/"
    assert spec["hostname"] == "sandbox"


def test_there_is_no_network(spec):
    assert spec["network_mode"] == "none"


def test_the_root_is_read_only(spec):
    assert spec["read_only"] is True


def test_the_only_capabilities_are_those_of_changing_user_and_killing(spec):
    assert spec["cap_drop"] == ["ALL"]
    assert sorted(spec["cap_add"]) == ["KILL", "SETGID", "SETUID"]
    assert spec["privileged"] is False
    assert spec["user"] == "0:0"


def test_privileges_cannot_be_gained_and_the_engines_filter_stays(spec):
    assert "no-new-privileges" in spec["security_opt"]
    assert not [option for option in spec["security_opt"] if "unconfined" in option]


def test_memory_has_a_limit_and_there_is_no_swap(spec):
    assert spec["mem_limit"] == spec["memswap_limit"] == LIMITS.memory_bytes + SESSION_BYTES


def test_processes_and_processors_have_limits(spec):
    assert LIMITS.processes <= spec["pids_limit"] <= LIMITS.processes + 16
    assert spec["nano_cpus"] == 1_500_000_000
    assert spec["cpu_shares"] == 1024


def test_what_is_made_ahead_differs_in_its_share_of_the_processors_alone(spec):
    ahead = container_spec(
        ContainerOrder(
            image_id="sha256:abc",
            environment="numpy",
            limits=LIMITS,
            job="7c9e6679",
            owner="boot:1:2",
            pool="f00d",
            deadline=1234,
            cpus=1.5,
            is_ahead=True,
        )
    )

    assert {name for name in spec if spec[name] != ahead[name]} == {"cpu_shares"}
    assert ahead["cpu_shares"] == 2


def test_descriptors_files_and_cores_have_limits(spec):
    limits = {limit.name: (limit.soft, limit.hard) for limit in spec["ulimits"]}

    assert limits["core"] == (0, 0)
    assert limits["nofile"] == (1024, 1024)
    assert limits["fsize"] == (LIMITS.file_bytes, LIMITS.file_bytes)


def test_writable_folders_are_limited_in_bytes_and_in_files(spec):
    assert spec["tmpfs"].keys() == {"/tmp", "/job", "/dev/shm"}
    assert spec["tmpfs"]["/tmp"] == spec["tmpfs"]["/dev/shm"] == "size=1048576,nr_inodes=99,mode=1777,nosuid,nodev"
    assert "nr_inodes=" in spec["tmpfs"]["/job"] and "mode=0755" in spec["tmpfs"]["/job"]


def test_nothing_of_the_host_is_mounted_or_told(spec):
    assert "volumes" not in spec and "mounts" not in spec and "devices" not in spec
    assert spec["environment"] == {}
    assert spec["ipc_mode"] == "private"


def test_orphans_are_waited_for_and_nothing_is_logged(spec):
    assert spec["init"] is True
    assert spec["tty"] is False
    assert spec["log_config"] == LogConfig(type="none")


def test_the_line_closes_with_the_runner(spec):
    # docker-py sets StdinOnce for an open input of a container that is not detached.
    assert spec["stdin_open"] is True and spec["detach"] is False


def test_labels_let_a_sweep_find_strays(spec):
    assert spec["labels"] == {
        "org.coursehub.sandbox": "numpy",
        "org.coursehub.sandbox.job": "7c9e6679",
        "org.coursehub.sandbox.lease": "boot:1:2",
        "org.coursehub.sandbox.pool": "f00d",
        "org.coursehub.sandbox.deadline": "1234",
    }
    assert spec["auto_remove"] is False


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({}, ""),
        ({"Env": ["PATH=/bin", "LANG=C"], "Volumes": None, "WorkingDir": "/x", "User": "1", "Entrypoint": ["x"]}, ""),
        ({"Env": ["LD_PRELOAD=/x.so"]}, "LD_PRELOAD"),
        ({"Env": ["LD_AUDIT="]}, "LD_AUDIT"),
        ({"Volumes": {"/var/tmp": {}}}, "volumes"),
        ({"Healthcheck": {"Test": ["CMD", "x"]}}, "health"),
    ],
)
def test_what_an_image_would_add_by_itself_is_found(config, word):
    assert word in image_trouble(config)
    assert bool(word) == bool(image_trouble(config))


def mixed(*pieces: tuple[int, bytes]) -> bytes:
    return b"".join(bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data for kind, data in pieces)


def test_the_mixed_stream_is_taken_apart_wherever_it_is_cut():
    stream = mixed((1, b"one"), (2, b"trouble"), (1, b""), (1, b"two" * 1000))

    for cut in range(1, len(stream), 7):
        demultiplexer = Demultiplexer()
        got = b"".join(demultiplexer.feed(stream[place : place + cut]) for place in range(0, len(stream), cut))

        assert got == b"one" + b"two" * 1000
        assert demultiplexer.errors == "trouble"


def test_standard_errors_are_kept_in_bounds():
    demultiplexer = Demultiplexer()

    for _ in range(100):
        demultiplexer.feed(mixed((2, b"x" * 1000)))

    assert len(demultiplexer.errors) == 8000


@pytest.mark.parametrize("data", [bytes([3, 0, 0, 0, 0, 0, 0, 1, 9]), bytes([1, 0, 0, 0, 255, 255, 255, 255])])
def test_a_stream_of_another_form_is_our_fault(data):
    with pytest.raises(ConnectionError):
        Demultiplexer().feed(data)


def ordered(*, has_cgroups: bool = True) -> dict:
    return template_spec(
        TemplateOrder(
            image_id="sha256:abc",
            environment="torch!sympy",
            job="7c9e6679",
            owner="boot:1:2",
            pool="f00d",
            deadline=1234,
            line=Path("/tmp/private/line"),
            has_cgroups=has_cgroups,
            host_memory_bytes=16 << 30,
            security_options=("apparmor=unconfined",),
        )
    )


def test_a_template_has_what_making_jails_needs_and_no_more():
    spec = ordered()

    assert spec["cap_drop"] == ["ALL"]
    assert sorted(spec["cap_add"]) == ["KILL", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN"]
    assert spec["privileged"] is False and spec["read_only"] is True and spec["network_mode"] == "none"
    assert spec["security_opt"] == ["no-new-privileges", "apparmor=unconfined"]
    assert spec["environment"] == {} and spec["init"] is True and spec["ipc_mode"] == "private"


def test_a_template_shares_one_folder_with_its_runner_and_cannot_write_there():
    spec = ordered()

    (mount,) = spec["mounts"]
    assert (mount["Source"], mount["Target"], mount["Type"]) == ("/tmp/private/line", "/run/coursehub", "bind")
    assert mount["ReadOnly"] is True
    assert spec["command"] == ["torch!sympy", "/run/coursehub/control"]
    assert spec["stdin_open"] is False and "volumes" not in spec


def test_a_templates_limits_are_its_own_where_jails_have_theirs_and_hold_them_all_where_not():
    alone, together = ordered(), ordered(has_cgroups=False)

    assert alone["mem_limit"] == alone["memswap_limit"] == TEMPLATE_BYTES
    assert together["mem_limit"] == together["memswap_limit"] == 12 << 30
    assert alone["pids_limit"] < together["pids_limit"]


def test_a_template_can_be_found_by_a_sweep_like_every_container():
    assert ordered()["labels"].keys() == {
        "org.coursehub.sandbox",
        "org.coursehub.sandbox.job",
        "org.coursehub.sandbox.lease",
        "org.coursehub.sandbox.pool",
        "org.coursehub.sandbox.deadline",
    }
