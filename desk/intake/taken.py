"""What one turn added to a case."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Taken:
    """What one turn added to the case."""

    given: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    new_items: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    another: bool = False
    """The turn tells a further grievance."""
    story: str = ""
    """What was told of the matter itself, in the customer's words."""

    @property
    def anything(self) -> bool:
        """Whether the turn moved the case forward at all."""
        return bool(self.given or self.skipped or self.refused or self.new_items or self.corrected)
