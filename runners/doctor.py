"""``python -m runners.doctor``: can this machine grade, safely? PASS, CAUTION or FAIL, with the repairing command.

It looks at the machine, then starts a jail and tries: what can be seen and reached from inside, and whether the limits
really bite. Ends with a status other than 0 where anything failed. It reads the same environment as the runner;
``--json`` prints one list for a program to read.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runners import examinations
from runners.autograders import hosting
from runners.config import SANDBOXES, ConfigInvalid, RunnerConfig, read_config
from runners.examinations import Level, Line
from runners.limits_probe import try_limits
from runners.probe import Finding, probe
from runners.protocol import Lane
from runners.sandboxes import Sandbox, choose_sandbox
from runners.sandboxes.base import SandboxFault
from runners.sandboxes.environments import ENVIRONMENTS
from runners.sandboxes.harness import LABEL, harness_digest
from runners.suites import SUITES_FOLDER, Suite, SuiteInvalid, load_suites


def examine() -> Iterator[Line]:
    """Examine this machine, one line after another."""
    config: RunnerConfig | None = None
    try:
        config = read_config()
    except ConfigInvalid as refusal:
        yield Line(level=Level.CAUTION, subject="settings", found=str(refusal))
    else:
        yield Line(
            level=Level.PASS, subject="settings", found=f"{config.name}, lane {config.lane}, {config.slots} slots"
        )
    kind = config.sandbox if config else os.environ.get("RUNNER_SANDBOX") or "auto"
    suites, line = _suites(config)
    yield line
    with_docker, lines = _tools(kind)
    yield from lines
    if with_docker:
        yield from _images(suites, is_chosen=kind == "docker")
    lane = config.lane if config else Lane.CPU
    machine: list[Callable[[], Line]] = [
        examinations.namespaces,
        examinations.cgroups,
        examinations.core_dumps,
        examinations.disk,
        examinations.clock,
        lambda: examinations.accelerator(lane),
        _autograders,
    ]
    for check in machine:
        yield _safely(check)
    yield from _jail(kind, templates=config.docker_templates if config else False)
    if config is not None:
        yield examinations.site(config)


def _autograders() -> Line:
    """Whether this host can run Gradescope autograders, which not every host must."""
    if sentence := hosting.refusal():
        return Line(level=Level.CAUTION, subject="autograders", found=sentence, repair="make autograder-engine")
    return Line(level=Level.PASS, subject="autograders", found="an engine with a wall around root is there")


def _safely(check: Callable[[], Line]) -> Line:
    try:
        return check()
    except OSError as error:
        return Line(level=Level.FAIL, subject="machine", found=f"an examination could not be made: {error}")


def _suites(config: RunnerConfig | None) -> tuple[dict[str, Suite], Line]:
    folder = config.suites_folder if config else Path(os.environ.get("SUITES_DIR") or SUITES_FOLDER)
    try:
        suites = load_suites(folder)
    except SuiteInvalid as refusal:
        return {}, Line(level=Level.FAIL, subject="suites", found=str(refusal))
    if not suites:
        return {}, Line(level=Level.FAIL, subject="suites", found=f"{folder} holds none", repair="set SUITES_DIR")
    return suites, Line(level=Level.PASS, subject="suites", found=", ".join(sorted(suites)))


def _tools(kind: str) -> tuple[bool, list[Line]]:
    """Examine what makes jails; one of the two is enough. Also return whether a Docker engine answers."""
    tools = {"bubblewrap": examinations.bubblewrap(), "docker": _docker()}
    wanted = [name for name in tools if kind in {"auto", name}]
    has_one = any(tools[name].level is Level.PASS for name in wanted)
    lines = []
    for name in wanted:
        line = tools[name]
        level = Level.CAUTION if has_one and line.level is Level.FAIL else line.level
        lines.append(Line(level=level, subject=name, found=line.found, repair=line.repair))
    return "docker" in wanted and tools["docker"].level is Level.PASS, lines


def _docker() -> Line:
    if shutil.which("docker") is None and not Path("/var/run/docker.sock").exists():
        return Line(level=Level.FAIL, subject="docker", found="is not installed", repair="install Docker Engine")
    try:
        client = _client()
        info = client.info()
        client.close()
    except Exception as error:
        repair = "start the Docker daemon and let this user reach it: sudo systemctl start docker"
        return Line(level=Level.FAIL, subject="docker", found=f"does not answer: {error}"[:300], repair=repair)
    if not any("seccomp" in option for option in info.get("SecurityOptions") or []):
        found = f"version {info['ServerVersion']} has no seccomp filter"
        return Line(level=Level.FAIL, subject="docker", found=found, repair="use a kernel and an engine with seccomp")
    found = f"answers, version {info['ServerVersion']}, cgroups version {info.get('CgroupVersion', 1)}"
    return Line(level=Level.PASS, subject="docker", found=found)


def _client() -> Any:
    import docker  # noqa: PLC0415  # slow to import, and optional

    return docker.from_env(timeout=10)


def _images(suites: dict[str, Suite], *, is_chosen: bool) -> Iterator[Line]:
    """Examine the images of the environments that the suites need, and the disk that they lie on."""
    from docker.errors import DockerException, ImageNotFound  # noqa: PLC0415

    from runners.sandboxes.docker_engine import IMAGES  # noqa: PLC0415

    needed = {
        suite.manifest.environment for suite in suites.values() if suite.manifest.needs_jail
    } & ENVIRONMENTS.keys()
    client = _client()
    try:
        for environment in sorted(needed):
            try:
                image = client.images.get(IMAGES[environment])
            except ImageNotFound:
                level = Level.FAIL if is_chosen else Level.CAUTION
                found = f"{IMAGES[environment]} is not built"
                yield Line(level=level, subject="image", found=found, repair="make images")
                continue
            digest = image.labels.get(LABEL, "none")
            found = f"{IMAGES[environment]} is {image.short_id}, its harness {digest[:12]}"
            if digest == harness_digest():
                yield Line(level=Level.PASS, subject="image", found=found)
            else:
                found += f", and this code's is {harness_digest()[:12]}"
                yield Line(level=Level.CAUTION, subject="image", found=found, repair="rebuild: make images")
        folder = str(client.info().get("DockerRootDir") or "")
        if Path(folder).is_dir():
            yield examinations.disk(folder, subject="docker disk")
    except (DockerException, OSError) as error:
        yield Line(level=Level.CAUTION, subject="image", found=f"the engine does not say: {error}"[:300])
    finally:
        client.close()


def _jail(kind: str, *, templates: bool) -> Iterator[Line]:
    if kind not in SANDBOXES:
        return
    try:
        sandbox = choose_sandbox(kind, templates=templates)
    except SandboxFault as refusal:
        yield Line(level=Level.FAIL, subject="jail", found=str(refusal))
        return
    try:
        yield from _told("jail", "probes from inside are safe", sandbox, probe(sandbox))
        yield from _told("limits", "limits bite", sandbox, try_limits(sandbox))
    except SandboxFault as fault:
        yield Line(level=Level.FAIL, subject="jail", found=str(fault)[:600])
    finally:
        sandbox.close()


def _told(subject: str, are_well: str, sandbox: Sandbox, findings: Sequence[Finding]) -> Iterator[Line]:
    for finding in findings:
        if not finding.is_safe:
            repair = "grade nothing on this machine until this is repaired"
            yield Line(level=Level.FAIL, subject=subject, found=finding.sentence, repair=repair)
    if all(finding.is_safe for finding in findings):
        yield Line(level=Level.PASS, subject=subject, found=f"{sandbox.name}: all {len(findings)} {are_well}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every line; return 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m runners.doctor", description="Can this machine grade, safely?")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of lines")
    options = parser.parse_args(arguments)
    lines = []
    for line in examine():
        lines.append(line)
        if not options.json:
            print(line, flush=True)
    if options.json:
        print(json.dumps([asdict(line) for line in lines], indent=2))
    return int(any(line.level is Level.FAIL for line in lines))


if __name__ == "__main__":
    sys.exit(main())
