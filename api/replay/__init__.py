"""`sanbian replay`: scripted conversations through the real thing, on a clock of their own (docs: replay.md)."""
