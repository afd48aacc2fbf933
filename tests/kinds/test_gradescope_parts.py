"""What an autograder's container is made with, and what goes into it and comes out of it."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from docker.types import LogConfig

from runners.autograders.archives import FileRefused, ends_of_file, packed, plain_file
from runners.autograders.container_spec import AutograderOrder, container_spec
from runners.autograders.engine import NO_WALL, Engine, wall_of
from runners.autograders.images import context, dockerfile
from runners.autograders.source import autograder_files
from runners.config import read_autograder_config
from runners.kinds.gradescope import Gradescope
from runners.sandboxes.base import NoSandbox
from runners.suite import SuiteInvalid
from runners.suite_protocol import manifest_without_cases, read_settings

ORDER = AutograderOrder(
    image_id="sha256:abc", start_with="/bin/bash", memory_bytes=1 << 28, cpus=0.5, disk_bytes=1 << 30, network="none",
    runtime="", job="7c9e", owner="boot:1:2", deadline=1234,
)  # fmt: skip
SCRIPTS = {"autograder/setup.sh": b"#!/bin/bash\r\n", "autograder/run_autograder": b"echo\r\n"}


@pytest.fixture
def spec() -> dict:
    return container_spec(ORDER)


def test_the_image_is_named_by_its_id_and_its_own_entry_point_is_not_used(spec: dict) -> None:
    assert spec["image"] == "sha256:abc"
    assert spec["entrypoint"][:2] == ["/bin/sh", "-c"] and spec["command"] == []
    assert "/autograder/run_autograder" in spec["entrypoint"][2]


def test_an_autograder_is_root_on_a_writable_machine_of_its_own(spec: dict) -> None:
    assert spec["user"] == "0:0" and spec["read_only"] is False
    assert spec["working_dir"] == "/autograder"
    assert {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"} <= set(spec["cap_add"])


def test_it_has_no_capability_that_autograders_do_not_need(spec: dict) -> None:
    assert spec["cap_drop"] == ["ALL"] and spec["privileged"] is False
    assert not {"NET_RAW", "MKNOD", "SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN"} & set(spec["cap_add"])
    assert not [option for option in spec["security_opt"] if "unconfined" in option]


def test_memory_processors_processes_descriptors_files_and_cores_have_limits(spec: dict) -> None:
    limits = {limit.name: limit.hard for limit in spec["ulimits"]}

    assert spec["mem_limit"] == spec["memswap_limit"] == 1 << 28
    assert spec["nano_cpus"] == 500_000_000 and spec["pids_limit"] == 512
    assert limits == {"core": 0, "nofile": 4096, "fsize": 1 << 30}


def test_there_is_no_network_unless_the_suite_asks_for_one(spec: dict) -> None:
    assert spec["network_mode"] == "none"


def test_nothing_of_the_host_is_mounted_and_nothing_is_logged(spec: dict) -> None:
    assert "volumes" not in spec and "mounts" not in spec and "environment" not in spec
    assert spec["log_config"] == LogConfig(type="none") and spec["ipc_mode"] == "private"


def test_a_runtime_is_asked_for_only_where_it_is_the_wall(spec: dict) -> None:
    assert "runtime" not in spec
    other = AutograderOrder(**{name: getattr(ORDER, name) for name in ORDER.__slots__} | {"runtime": "runsc"})
    assert container_spec(other)["runtime"] == "runsc"


def test_labels_let_a_sweep_find_strays(spec: dict) -> None:
    assert spec["labels"] == {
        "org.coursehub.autograder": "7c9e",
        "org.coursehub.autograder.lease": "boot:1:2",
        "org.coursehub.autograder.deadline": "1234",
    }


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=userns"]}, "docker-userns"),
        ({"SecurityOptions": ["name=rootless"]}, "docker-rootless"),
        ({"SecurityOptions": [], "Runtimes": {"runc": {}, "runsc": {}}}, "docker-runsc"),
        ({"Runtimes": {"runc": {}, "sysbox-runc": {}}}, "docker-sysbox-runc"),
        ({"SecurityOptions": ["name=seccomp"], "Runtimes": {"runc": {}}}, None),
        ({"SecurityOptions": None, "Runtimes": None}, None),
    ],
)
def test_an_engine_has_a_wall_or_none(info: dict, name: str | None) -> None:
    wall = wall_of(info)

    assert (wall and wall.name) == name
    assert wall is None or wall.runtime == ("" if "user" in wall.name or "root" in wall.name else wall.name[7:])


def test_without_an_engine_a_sentence_says_what_to_start(tmp_path: Path) -> None:
    config = read_autograder_config({"RUNNER_AUTOGRADER_DOCKER": f"unix://{tmp_path}/none.sock"})

    with pytest.raises(NoSandbox, match="sudo make autograder-engine"):
        Engine.open(config)


@pytest.mark.docker
def test_an_ordinary_engine_is_refused_with_a_sentence() -> None:
    kind = Gradescope(lambda: read_autograder_config({"RUNNER_AUTOGRADER_DOCKER": "unix:///var/run/docker.sock"}))

    with pytest.raises(NoSandbox) as refusal:
        kind.harness.engine()

    assert refusal.value.sentence == NO_WALL


def test_settings_have_defaults_and_pip_is_told_what_this_machine_is_told() -> None:
    config = read_autograder_config({"PIP_INDEX_URL": "https://pypi.example", "COURSEHUB_STATE": "/state"})

    assert config.base_image == "coursehub/base:bookworm"
    assert config.build_arguments == {"PIP_INDEX_URL": "https://pypi.example"}
    assert config.logs_folder == Path("/state/autograders")
    assert read_autograder_config({"RUNNER_AUTOGRADER_BASE": "ubuntu"}).base_image == "ubuntu"


def listed(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {entry.name: entry for entry in opened}


def content_of(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.extractfile(name).read()


def test_both_scripts_get_unix_line_ends_and_all_files_may_be_run() -> None:
    archive = context({**SCRIPTS, "autograder/data/table.csv": b"a\r\n"})

    entries = listed(archive)
    assert content_of(archive, "autograder/source/setup.sh") == b"#!/bin/bash\n"
    assert content_of(archive, "autograder/run_autograder") == b"echo\n"
    assert content_of(archive, "autograder/source/data/table.csv") == b"a\r\n"
    assert all(entry.mode == 0o755 and entry.uid == 0 for entry in entries.values())
    assert entries["autograder/submission"].isdir() and entries["autograder/results"].isdir()


def test_a_program_in_the_place_of_the_script_keeps_every_byte() -> None:
    program = b"\x7fELF\0\r\n"
    archive = context({**SCRIPTS, "autograder/run_autograder": program})

    assert content_of(archive, "autograder/run_autograder") == program


def test_setup_is_run_by_bash_after_the_package_lists_were_fetched() -> None:
    lines = dockerfile(SCRIPTS)

    assert lines.index("apt-get") < lines.index("bash /autograder/source/setup.sh")
    assert "DEBIAN_FRONTEND=noninteractive" in lines and "ENV" not in lines


def test_wheels_are_given_to_pip_where_there_are_some() -> None:
    assert "PIP_FIND_LINKS" not in dockerfile(SCRIPTS)
    assert "ARG PIP_FIND_LINKS=/opt/autograder-wheels" in dockerfile({**SCRIPTS, "wheels/a.whl": b""})


def tarred(kind: bytes = tarfile.REGTYPE, content: bytes = b"", *, link: str = "") -> list[bytes]:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        entry = tarfile.TarInfo("results.json")
        entry.type, entry.size, entry.linkname = kind, len(content), link
        archive.addfile(entry, io.BytesIO(content))
    raw = whole.getvalue()
    return [raw[at : at + 100] for at in range(0, len(raw), 100)]


def test_a_plain_file_comes_out_whole() -> None:
    assert plain_file(tarred(content=b"x" * 1000), limit=1000) == b"x" * 1000


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_nothing_but_a_plain_file_comes_out(kind: bytes) -> None:
    with pytest.raises(FileRefused, match="no plain file"):
        plain_file(tarred(kind, link="/etc/shadow"), limit=1000)


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    pieces = iter(tarred(content=b"x" * 100_000))

    with pytest.raises(FileRefused, match="larger than 1000 bytes"):
        plain_file(pieces, limit=1000)
    assert sum(map(len, pieces)) > 80_000


@pytest.mark.parametrize("stream", [[], [b"\0" * 1024], [b"no archive at all" * 100]])
def test_what_is_no_archive_is_refused(stream: list[bytes]) -> None:
    with pytest.raises(FileRefused):
        plain_file(stream, limit=10_000)


@pytest.mark.parametrize("read", [plain_file, ends_of_file])
def test_an_answer_that_breaks_off_is_the_engines_fault(read) -> None:
    with pytest.raises(OSError, match="broke off"):
        read(tarred(content=b"x" * 5000)[:8], limit=10_000)


def test_of_a_long_console_the_ends_are_kept() -> None:
    found = ends_of_file(tarred(content=b"a" * 50_000 + b"b" * 50_000), limit=1000)

    assert found == b"a" * 500 + b"[...(truncated)...]" + b"b" * 500
    assert ends_of_file(tarred(content=b"short"), limit=1000) == b"short"


def test_packed_files_have_their_folders_above_them_once() -> None:
    entries = listed(packed({"a/b/c.txt": b"1", "a/d.txt": b"2"}, folders=["empty"]))

    assert list(entries) == ["empty", "a", "a/b", "a/b/c.txt", "a/d.txt"]
    assert entries["a/d.txt"].mode == 0o644 and entries["empty"].isdir()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "suite.toml").write_text('name = "x"\n')
    return tmp_path


def write_zip(path: Path, *entries: zipfile.ZipInfo | str, mode: int = 0o100644) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            info = entry if isinstance(entry, zipfile.ZipInfo) else zipfile.ZipInfo(entry)
            info.external_attr = info.external_attr or mode << 16
            archive.writestr(info, b"echo\n")


def test_a_zip_and_its_unzipped_folder_are_the_same_autograder(folder: Path) -> None:
    write_zip(folder / "autograder.zip", "setup.sh", "run_autograder", "tests/a.py", "__MACOSX/._setup.sh", ".DS_Store")
    zipped = autograder_files(folder)
    (folder / "autograder.zip").unlink()
    for name in ("setup.sh", "run_autograder", "tests/a.py"):
        path = folder / "autograder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"echo\n")

    assert zipped == autograder_files(folder)
    assert set(zipped) == {"autograder/setup.sh", "autograder/run_autograder", "autograder/tests/a.py"}


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (["setup.sh"], "run_autograder must be at the very top"),
        (["run_autograder"], "setup.sh must be at the very top"),
        (["hw1/setup.sh", "hw1/run_autograder"], "it is at hw1/setup.sh, one folder too deep"),
        (["setup.sh", "run_autograder", "../evil"], "no plain path"),
        (["setup.sh", "run_autograder", "/etc/passwd"], "no plain path"),
        (["setup.sh", "run_autograder", "a\\b"], "no plain path"),
    ],
)
def test_a_zip_that_is_no_autograder_is_refused(folder: Path, entries: list[str], sentence: str) -> None:
    write_zip(folder / "autograder.zip", *entries)

    with pytest.raises(SuiteInvalid, match=sentence):
        autograder_files(folder)


def test_a_zip_with_a_link_is_refused(folder: Path) -> None:
    link = zipfile.ZipInfo("secret")
    link.external_attr = 0o120777 << 16
    write_zip(folder / "autograder.zip", "setup.sh", "run_autograder", link)

    with pytest.raises(SuiteInvalid, match="link or encrypted"):
        autograder_files(folder)


def test_a_folder_with_a_link_is_refused(folder: Path) -> None:
    (folder / "autograder").mkdir()
    (folder / "autograder" / "setup.sh").symlink_to("/etc/passwd")

    with pytest.raises(SuiteInvalid, match="is a link"):
        autograder_files(folder)


def test_what_is_no_zip_is_refused(folder: Path) -> None:
    (folder / "autograder.zip").write_bytes(b"PK\3\4 broken")

    with pytest.raises(SuiteInvalid, match="not a readable"):
        autograder_files(folder)


def test_a_suite_has_an_autograder_or_an_image(folder: Path) -> None:
    with pytest.raises(SuiteInvalid, match="needs autograder"):
        autograder_files(folder)

    (folder / "suite.toml").write_text(f'image = "registry.example/hw1@sha256:{"0" * 64}"\n')
    assert autograder_files(folder) == {}

    write_zip(folder / "autograder.zip", "setup.sh", "run_autograder")
    with pytest.raises(SuiteInvalid, match="keep one of them"):
        autograder_files(folder)


@pytest.mark.parametrize("image", ["gradescope/autograder-base", "hw1:latest", "hw1@sha256:00"])
def test_an_image_that_could_change_unseen_is_refused(folder: Path, image: str) -> None:
    (folder / "suite.toml").write_text(f'image = "{image}"\n')

    with pytest.raises(SuiteInvalid, match="must be pinned"):
        autograder_files(folder)


def test_a_suites_settings_need_not_say_what_an_autograder_does_not_know() -> None:
    settings = read_settings(b'name = "x"\ntitle = "X"\nkind = "gradescope"\ntotal_points = 3\nrun_seconds = 9\n')

    manifest = manifest_without_cases(settings)

    assert (manifest.environment, manifest.required_files, manifest.case_seconds) == ("autograder", [], 9)
    assert manifest.memory_bytes == 768 << 20 and manifest.longest_seconds >= 18
    assert "environment" not in read_settings(b'name = "x"\n')
