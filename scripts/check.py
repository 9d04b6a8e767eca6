"""Every check and every test, the quick ones first: `make test`, or without tests `make lint`.

All of them run even when one fails, so that one run tells everything. pytest comes last, for its closing line to be the last
thing seen; what failed before it is repeated only when something did.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.setup.errors import SetupError
from api.setup.progress import say
from api.setup.readers import ensure_readers
from api.setup.training import ensure_model
from api.setup.web import ensure_pages, install_packages, npm, npm_environment
from desk.settings import settings

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """A program whose exit status says whether something is wrong."""

    name: str
    command: Sequence[str]
    folder: Path = ROOT

    def run(self) -> bool:
        """Run it with its output shown; tell whether all is well."""
        say(f"\n== {self.name}")
        start = time.monotonic()
        # CI gives no terminal; without a width, tools would cut their lines at 80.
        environment = {"COLUMNS": "160", **npm_environment()}
        status = subprocess.run(self.command, cwd=self.folder, env=environment, check=False).returncode  # noqa: S603
        passed = status == 0
        say(f"== {self.name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - start:.0f} s)")
        return passed


def static_checks() -> list[Check]:
    """Everything that looks at sources without running them, and the pages' own unit tests."""
    checks = [
        Check("ruff", [str(BIN / "ruff"), "check", "."]),
        Check("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Check("mypy", [str(BIN / "mypy")]),
    ]
    if (ROOT / "web" / "package.json").exists():
        checks.append(Check("pages: types", [npm(), "run", "--silent", "check"], ROOT / "web"))
        checks.append(Check("pages: unit tests", [npm(), "run", "--silent", "test"], ROOT / "web"))
    return checks


def main(arguments: Sequence[str]) -> int:
    """Run all; `--no-tests` leaves pytest out, other arguments are pytest's. Exit status 0 when all is well."""
    os.chdir(ROOT)
    with_tests = "--no-tests" not in arguments
    try:
        if with_tests:
            ensure_pages(ROOT, ROOT / "var")
            ensure_readers(settings())
            ensure_model(ROOT)
        elif (ROOT / "web" / "package.json").exists():
            install_packages(ROOT, ROOT / "var" / "log" / "web.log")
    except SetupError as error:
        say(f"sanbian: {error}.")
        return 1
    failed = [check.name for check in static_checks() if not check.run()]
    say(f"\n== checks: {'all ok' if not failed else 'FAILED: ' + ', '.join(failed)}")
    if with_tests:
        say("\n== pytest")
        command = [sys.executable, "-m", "pytest", *arguments]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603
            failed.append("pytest")
        elif failed:
            say(f"\n== not passed, although pytest did: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
