"""Proactive updates: the customer never has to ask how his case stands (SD014, 3-dialogue.md 3.8)."""
