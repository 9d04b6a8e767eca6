"""Both locks and the pinned installer anew: `make lock`. Pins stay where they still fit; `make lock ARGS=--upgrade` moves them.

No index address is written, so the locks work behind any mirror.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
COMPILE = (
    "pip",
    "compile",
    "--quiet",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--python-version",
    "3.11",
)
INSTALLER_NOTE = "# What `make run` installs the rest with, pinned by hash. Renewed by `make lock`.\n"


def compile_lock(folder: Path, arguments: Sequence[str]) -> None:
    """Resolve `folder`/pyproject.toml, with the overrides it names, into `folder`/requirements.txt."""
    command = [str(UV), *COMPILE, "pyproject.toml", "-o", "requirements.txt", *arguments]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603


def compile_installer(arguments: Sequence[str]) -> None:
    """Pin uv itself."""
    target = ROOT / "scripts" / "installer.txt"
    command = [str(UV), *COMPILE, "--no-annotate", "-", "-o", str(target), *arguments]
    subprocess.run(command, input="uv\n", text=True, cwd=ROOT, check=True)  # noqa: S603
    target.write_text(INSTALLER_NOTE + target.read_text(encoding="utf-8"), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Renew everything; `arguments` go to `uv pip compile`."""
    if not UV.exists():
        print("sanbian: uv is missing from .venv; run `make install`.", file=sys.stderr)
        return 1
    try:
        compile_lock(ROOT, ["--group", "dev", *arguments])
        compile_lock(ROOT / "bot", arguments)
        compile_installer(arguments)
    except subprocess.CalledProcessError as error:
        print(f"sanbian: uv could not resolve the packages (status {error.returncode}).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
