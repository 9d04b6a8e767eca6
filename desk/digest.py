"""Hashes of sources: a result made from the same hash need not be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

MADE = frozenset({"__pycache__", "node_modules", "dist", "coverage", "test-results", "playwright-report"})
"""Folders that hold results, not sources."""


def files_under(path: Path) -> Iterator[Path]:
    """Every source file of `path` (a file or a folder), in an order that is the same everywhere."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.name not in MADE and not child.name.startswith("."):
                yield from files_under(child)


def digest_of(root: Path, paths: Iterable[str], *extra: bytes) -> str:
    """Hash (64 hexadecimal digits) of names and contents of all files under `paths` of `root`, and of `extra`.

    A path that is not there counts as empty.
    """
    digest = hashlib.sha256()
    for path in paths:
        for file in files_under(root / path):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
            digest.update(content)
    for part in extra:
        digest.update(b"\0" + part)
    return digest.hexdigest()
