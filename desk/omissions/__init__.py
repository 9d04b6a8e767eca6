"""Complaints that never became tickets: found every day, judged by a person (SD074; 3-dialogue.md 3.1)."""
