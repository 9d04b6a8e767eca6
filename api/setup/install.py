"""Both virtual environments from their hashed locks: `python3.11 -m api.setup.install`, the first thing `make run` does.

uv, itself hashed in scripts/installer.txt, does the work: 16 s for the bot where pip needs 106 s. When uv cannot be had or
fails, pip does the same from the same locks. Nothing unhashed is fetched: the few packages without a wheel are built with
the setuptools and wheel of their own lock, not in an isolated build, and without a compiler.

A stamp in each environment says which lock it was made from, so a second run does nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.setup.errors import SetupError, StepFailed
from api.setup.locks import waited_for
from api.setup.progress import run_logged, say

ROOT = Path(__file__).resolve().parents[2]
INSTALLER = Path("scripts/installer.txt")
STAMP = ".sanbian-stamp"
BUILD_TOOLS = ("setuptools", "wheel")
NO_DOWNLOAD = (
    "The Python packages could not be downloaded; see that this machine reaches its package index "
    "(PIP_INDEX_URL or pip's own configuration) and try again"
)


@dataclass(frozen=True)
class Environment:
    """A virtual environment to be made."""

    label: str
    folder: Path
    lock: Path
    project: Path | None = None
    """A project to be installed into it in place, without its dependencies."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


def environments(root: Path) -> tuple[Environment, Environment]:
    """The api's and the bot's environment of the repository at `root`."""
    return (
        Environment("Python packages of the api", root / ".venv", root / "requirements.txt", project=root),
        Environment("Python packages of the bot", root / "bot" / ".venv", root / "bot" / "requirements.txt"),
    )


def stamp_of(environment: Environment, root: Path) -> str:
    """What the environment must have been made from. Its path counts, for an environment cannot be moved."""
    digest = hashlib.sha256(f"{environment.folder}\n{sys.version}\n".encode())
    files = [root / INSTALLER, environment.lock]
    if environment.project:
        files.append(environment.project / "pyproject.toml")
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current(environment: Environment, root: Path) -> bool:
    """Whether the environment is there and was made from the present lock."""
    stamp = environment.folder / STAMP
    return (
        environment.python.exists()
        and stamp.exists()
        and stamp.read_text(encoding="utf-8") == stamp_of(environment, root)
    )


def only(lock: str, names: tuple[str, ...]) -> str:
    """The entries of a hashed lock for the packages `names`, hashes and all."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    return "".join(entry for entry in entries if entry.split("==")[0] in names)


def uv_settings(pip_config: str, environ: Mapping[str, str]) -> dict[str, str]:
    """uv's variables for what `pip config list` printed, for uv does not read pip's configuration.

    Variables already set win. Any index may serve any package: the hashes decide what is accepted.
    """
    values: dict[str, str] = {}
    for line in sorted(pip_config.splitlines(), key=_rank):
        name, _, value = line.partition("=")
        values[name.rpartition(".")[2]] = value.strip().strip("'\"")
    found = {
        "UV_DEFAULT_INDEX": values.get("index-url"),
        "UV_INDEX": values.get("extra-index-url"),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in values else None,
        "UV_INSECURE_HOST": values.get("trusted-host"),
        "SSL_CERT_FILE": values.get("cert"),
    }
    return {name: value for name, value in found.items() if value and name not in environ}


def _rank(line: str) -> int:
    """Pip's precedence: what comes later wins."""
    order = ("global", "user", "site", ":env:")
    return next((rank for rank, section in enumerate(order) if line.startswith(section)), 1)


class Installer:
    """Makes environments, with uv or else with pip."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "var" / "log" / "install.log"
        self.env = {
            **os.environ,
            # multidict has no wheel for 3.11 in the version Sanic wants; without this it needs a C compiler.
            "MULTIDICT_NO_EXTENSIONS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            # As pip does. Where Python may not write bytecode, every start of the bot would compile TensorFlow anew: 23 s for 7.
            "UV_COMPILE_BYTECODE": "1",
        }
        self.env.pop("VIRTUAL_ENV", None)
        self.api, self.bot = environments(root)
        self.uv: Path | None = None

    def run(self) -> bool:
        """Bring both environments up to date; tell whether anything had to be done."""
        stale = [one for one in (self.api, self.bot) if not is_current(one, self.root)]
        if not stale:
            return False
        with waited_for(self.root / "var" / "install.lock", say):
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self.log.write_bytes(b"")
            self._prepare()
            for environment in (self.api, self.bot):
                if not is_current(environment, self.root):
                    self._make(environment)
        return True

    def _prepare(self) -> None:
        """Get the installer itself into the api's environment."""
        self._create(self.api)
        if self.env.get("SANBIAN_INSTALLER") == "pip":
            return
        self.env |= uv_settings(self._pip_config(), self.env)
        try:
            self._pip(self.api, "installer", ["--require-hashes", "-r", str(self.root / INSTALLER)])
        except StepFailed:
            say("uv cannot be had; trying with pip alone")
        else:
            self.uv = self.api.folder / "bin" / "uv"

    def _create(self, environment: Environment) -> None:
        if _is_usable(environment.python, "pip" if environment is self.api else "sys"):
            return
        command = [sys.executable, "-m", "venv", "--clear", str(environment.folder)]
        if environment is not self.api:
            command.insert(3, "--without-pip")
        sentence = (
            f"A virtual environment could not be made in {environment.folder} "
            "(on Debian and Ubuntu: apt-get install python3.11-venv)"
        )
        self._step(f"making {environment.folder.relative_to(self.root)}", command, self.root, sentence)

    def _make(self, environment: Environment) -> None:
        self._create(environment)
        tools = self.root / "var" / "log" / "build-tools.txt"
        tools.write_text(only(environment.lock.read_text(encoding="utf-8"), BUILD_TOOLS), encoding="utf-8")
        if not (self.uv and self._with_uv(self.uv, environment, tools)):
            self._with_pip(environment, tools)
        if environment.project:
            arguments = ["--no-deps", "--no-build-isolation", "--no-index", "-e", str(environment.project)]
            self._pip(environment, "the sanbian command", arguments)
        stamp = environment.folder / STAMP
        stamp.write_text(stamp_of(environment, self.root), encoding="utf-8")

    def _with_uv(self, uv: Path, environment: Environment, tools: Path) -> bool:
        target = ["--python", str(environment.python), "--require-hashes"]
        try:
            self._step(
                f"{environment.label} (build tools)",
                [str(uv), "pip", "install", *target, "--no-deps", "-r", str(tools)],
                environment.lock.parent,
                NO_DOWNLOAD,
            )
            self._step(
                environment.label,
                [str(uv), "pip", "sync", *target, "--no-build-isolation", str(environment.lock)],
                environment.lock.parent,
                NO_DOWNLOAD,
            )
        except StepFailed:
            say("uv could not install them; trying with pip")
            return False
        return True

    def _with_pip(self, environment: Environment, tools: Path) -> None:
        hashed = ["--require-hashes", "--no-deps", "--ignore-requires-python", "--no-build-isolation"]
        self._pip(environment, f"{environment.label} (build tools)", [*hashed, "-r", str(tools)])
        self._pip(environment, environment.label, [*hashed, "-r", str(environment.lock)])

    def _pip(self, environment: Environment, label: str, arguments: list[str]) -> None:
        """Run the pip of the api's environment on `environment`."""
        command = [str(self.api.python), "-m", "pip", "--python", str(environment.python), "install"]
        quiet = ["--quiet", "--retries", "2", "--disable-pip-version-check", "--no-input"]
        self._step(label, [*command, *quiet, *arguments], self.root, NO_DOWNLOAD)

    def _pip_config(self) -> str:
        command = [str(self.api.python), "-m", "pip", "config", "list"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self.env).stdout  # noqa: S603

    def _step(self, label: str, command: list[str], cwd: Path, failure: str) -> None:
        run_logged(label, command, log=self.log, failure=failure, cwd=cwd, env=self.env)


def _is_usable(python: Path, module: str) -> bool:
    """Whether it is a Python 3.11 that has `module`: making an environment may have been interrupted before pip was in."""
    probe = f"import sys, {module}; sys.exit(sys.version_info[:2] != (3, 11))"
    try:
        return subprocess.run([str(python), "-c", probe], check=False, capture_output=True).returncode == 0  # noqa: S603
    except OSError:
        return False


def main() -> int:
    """Install what is missing; one sentence and exit status 1 when that cannot be done."""
    try:
        if sys.version_info[:2] != (3, 11):
            raise SetupError(f"Sanbian needs Python 3.11, and this is {sys.version.split()[0]}")
        Installer(ROOT).run()
    except SetupError as error:
        print(f"sanbian: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsanbian: stopped; run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
