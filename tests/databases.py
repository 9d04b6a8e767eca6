"""Both databases for tests: SQLite files, and a PostgreSQL server of our own on a free port, gone with the test run.

A test gets a copy of a template that was migrated once. The server keeps nothing that matters, so it never waits for a
disk; it refuses to run as root and is started as another user then.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from api.setup.process import die_with_parent
from api.supervisor.ports import LOOPBACK, free_port
from desk.db import upgrade

PATIENCE_S = 60.0
UNPRIVILEGED = ("postgres", "nobody")
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "max_wal_size=4GB")


def postgres_programs() -> Path | None:
    """The folder with `postgres` and `initdb`; Debian keeps it off the path. None when PostgreSQL is not installed."""
    known = shutil.which("postgres")
    folders = [Path(known).resolve().parent] if known else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists() and (folder / "initdb").exists()), None)


def _other_user() -> dict[str, object]:
    """As whom to run it: ourselves, or somebody unprivileged when we are root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in UNPRIVILEGED if name in known)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@dataclass
class Postgres:
    """A server with an empty cluster in a temporary folder."""

    programs: Path
    # Not below pytest's folder: that one is closed to other users.
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sanbian-postgres-")))
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _numbers: count[int] = field(default_factory=count)

    def start(self) -> None:
        """Make the cluster and start the server; returns once it takes connections."""
        who, data, log = _other_user(), self.folder / "data", self.folder / "log"
        data.mkdir()
        log.touch()
        for path in (self.folder, data, log):
            if who:
                os.chown(path, int(str(who["user"])), int(str(who["group"])))
        how = ("-U", "sanbian", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        made = subprocess.run(
            [self.programs / "initdb", "-D", data, *how],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **who,
        )
        assert made.returncode == 0, made.stderr
        settings = (
            *QUICK,
            f"port={self.port}",
            f"listen_addresses={LOOPBACK}",
            "unix_socket_directories=",
            "max_connections=300",
        )
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
                **who,
            )
        limit = time.monotonic() + PATIENCE_S
        while not self._answers():
            alive = self._process.poll() is None and time.monotonic() < limit
            assert alive, log.read_text(encoding="utf-8")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.run("select 1")
        except psycopg.OperationalError:
            return False
        return True

    def run(self, statement: str, database: str = "postgres") -> None:
        """One statement outside any transaction."""
        with psycopg.connect(f"host={LOOPBACK} port={self.port} user=sanbian dbname={database}", autocommit=True) as c:
            c.execute(statement)  # type: ignore[arg-type]

    def url(self, name: str) -> str:
        """The address of a database as the settings want it."""
        return f"postgresql+psycopg://sanbian@{LOOPBACK}:{self.port}/{name}"

    def create(self, template: str = "template1", name: str | None = None) -> str:
        """A new database, a copy of `template`; returns its name."""
        name = name or f"test_{next(self._numbers)}"
        self.run(f"create database {name} template {template}")
        return name

    def drop(self, name: str) -> None:
        """Away with it, whoever still looks at it."""
        self.run(f"drop database {name} with (force)")

    def stop(self) -> None:
        """End the server and forget its cluster."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast: whoever is still connected is cut off
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Databases:
    """Copies of migrated, empty databases, cheap enough for one a test."""

    folder: Path
    _postgres: Postgres | None = None
    _templates: set[str] = field(default_factory=set)

    def postgres(self) -> Postgres | None:
        """The server, started when first asked for; None when PostgreSQL is not installed."""
        programs = postgres_programs()
        if self._postgres is None and programs is not None:
            self._postgres = Postgres(programs)
            self._postgres.start()
        return self._postgres

    def sqlite(self, file: Path) -> str:
        """A SQLite database in `file`."""
        template = self.folder / "template.db"
        if "sqlite" not in self._templates:
            upgrade(f"sqlite+aiosqlite:///{template}")
            self._templates.add("sqlite")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(template, file)
        return f"sqlite+aiosqlite:///{file}"

    def postgresql(self) -> tuple[Postgres, str]:
        """A PostgreSQL database: the server and the database's name."""
        server = self.postgres()
        assert server is not None, "PostgreSQL is not installed"
        if "postgresql" not in self._templates:
            upgrade(server.url(server.create(name="migrated")))
            self._templates.add("postgresql")
        return server, server.create("migrated")

    def close(self) -> None:
        """End the server, if it was ever started."""
        if self._postgres is not None:
            self._postgres.stop()
