"""The cases of `sanbian replay`, as they stand in a file (docs: replay.md)."""
