"""A PostgreSQL cluster and a Redis of the test's own, on free ports, to be broken at will."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg2
import pytest
import redis

from deploy.stack import free_port

DEBIAN_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


class Postgres:
    """One cluster. PostgreSQL refuses to run as root, so as root it runs as the user postgres."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    @property
    def url(self) -> str:
        return f"postgresql://hub@127.0.0.1:{self.port}/hub"

    def create(self) -> None:
        self.folder.mkdir(parents=True)
        if self._as_user:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "hub", "--auth=trust", "-E", "UTF8", "--locale=C")
        self.start()
        link = psycopg2.connect(host="127.0.0.1", port=self.port, user="hub", dbname="postgres")
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("CREATE DATABASE hub")
        link.close()

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c shared_buffers=32MB"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options, "-w", "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(_binary(program)), *arguments]
        # pg_ctl's server inherits its output: a pipe would never close.
        with (self.folder / "control.log").open("ab") as log:
            subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=60)


class Redis:
    """One server without persistence: what it forgets is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen | None = None

    def url(self, database: int) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", *arguments, "--dir", str(self.folder)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        _until_listening(self.port)

    def flush(self) -> None:
        with redis.Redis(port=self.port) as link:
            link.flushall()

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


def require_programs(programs: Sequence[str] = ("initdb", "redis-server")) -> None:
    """Skip, or fail where ``REQUIRE`` says so, if a program that chaos needs is not installed."""
    wanted = os.environ.get("REQUIRE", "").split(",")
    for program in programs:
        part = "redis" if program == "redis-server" else "postgres"
        if _binary(program) is None:
            message = f"needs the program {program}"
            pytest.fail(message, pytrace=False) if part in wanted else pytest.skip(message)


def _binary(program: str) -> Path | None:
    found = shutil.which(program, path=os.pathsep.join([os.environ["PATH"], *map(str, DEBIAN_BINARIES)]))
    return Path(found) if found else None


def _until_listening(port: int, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, f"nobody listens on port {port}"
            time.sleep(0.05)
        else:
            return
