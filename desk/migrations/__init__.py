"""Schema history. Every change is a revision that old and new code can live with side by side."""
