"""What colleagues write, as it may be kept."""

from __future__ import annotations

from desk.privacy.redact import redact


def clean(text: str) -> str:
    """Without numbers of cards, phones and people; nobody at the desk is asked for a code, so four digits are no secret."""
    return redact(text, code_expected=False).text


def clean_part(text: str | None) -> str | None:
    """The same for a part that may be left out."""
    return None if text is None else clean(text)
