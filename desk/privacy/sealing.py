"""Field encryption: values that staff may need again, readable only with a key that is not in the database.

SealingError
├── UnknownKey      sealed with a key that the key file does not hold
├── Tampered        altered, or opened for another purpose than it was sealed for
└── KeyFileExposed  others than the owner may read the key file
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "s1"
_SEALED = re.compile(r"s1\.(?P<key>[a-z0-9]{1,16})\.(?P<box>[A-Za-z0-9_-]+={0,2})")
_NONCE = 12
_KEY = 32


class SealingError(Exception):
    """A value could not be sealed or opened."""


class UnknownKey(SealingError):
    """The key file holds no key of this id."""


class Tampered(SealingError):
    """The value was altered, or is opened for another purpose than it was sealed for."""


class KeyFileExposed(SealingError):
    """The key file may be read by others than its owner."""


class Sealer:
    """Seals with the active key, opens with any key of its file. Safe to share between threads."""

    def __init__(self, keys: dict[str, bytes], active: str, index_key: bytes) -> None:
        if active not in keys:
            raise UnknownKey(active)
        self.active = active
        self._boxes = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._index_key = index_key

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read the key file; make it at first use, mode 600. Raises KeyFileExposed when others may read it."""
        if not path.exists():
            _create(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyFileExposed(str(path))
        content = json.loads(path.read_text(encoding="utf-8"))
        keys = {key_id: base64.b64decode(key) for key_id, key in content["keys"].items()}
        return cls(keys, content["active"], base64.b64decode(content["index_key"]))

    def seal(self, plaintext: str, aad: str) -> str:
        """Encrypt `plaintext` for one purpose: `aad` names table, column and row, and is needed to open it again."""
        nonce = os.urandom(_NONCE)
        box = self._boxes[self.active].encrypt(nonce, plaintext.encode(), _bound(self.active, aad))
        return f"{_VERSION}.{self.active}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def open_(self, sealed: str, aad: str) -> str:
        """Decrypt; UnknownKey for a key that is gone, Tampered for another `aad` or an altered value."""
        match = _SEALED.fullmatch(sealed)
        if not match:
            raise Tampered("not a sealed value")
        key_id = match["key"]
        if key_id not in self._boxes:
            raise UnknownKey(key_id)
        try:
            box = base64.urlsafe_b64decode(match["box"])
            return self._boxes[key_id].decrypt(box[:_NONCE], box[_NONCE:], _bound(key_id, aad)).decode()
        except (InvalidTag, ValueError) as error:
            raise Tampered("altered, or opened for another purpose") from error

    def stale(self, sealed: str) -> bool:
        """Whether it was sealed with a key that is no longer the active one."""
        return not sealed.startswith(f"{_VERSION}.{self.active}.")

    def reseal(self, sealed: str, aad: str) -> str:
        """The same value under the active key."""
        return self.seal(self.open_(sealed, aad), aad) if self.stale(sealed) else sealed

    def blind_index(self, value: str, purpose: str) -> str:
        """A keyed digest to look a value up without storing it. Equal values meet only within one `purpose`."""
        message = f"{purpose}\x00{value}".encode()
        return hmac.new(self._index_key, message, hashlib.sha256).hexdigest()


def rotate(path: Path) -> str:
    """Add a key to the file and make it the active one; the old ones still open. Returns the new key's id."""
    content = json.loads(path.read_text(encoding="utf-8"))
    key_id = f"k{max(int(known[1:]) for known in content['keys']) + 1}"
    content["keys"][key_id] = _encoded(secrets.token_bytes(_KEY))
    content["active"] = key_id
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    _write(new, content)
    new.replace(path)
    return key_id


def _bound(key_id: str, aad: str) -> bytes:
    """The key id is authenticated too, so that nobody can relabel a value."""
    return f"{_VERSION}\x00{key_id}\x00{aad}".encode()


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _create(path: Path) -> None:
    """Write a fresh key file, complete or not at all; when two processes start together the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = {"k1": _encoded(secrets.token_bytes(_KEY))}
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(new, {"active": "k1", "keys": keys, "index_key": _encoded(secrets.token_bytes(_KEY))})
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(new)
    finally:
        new.unlink()


def _write(path: Path, content: dict[str, object]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
