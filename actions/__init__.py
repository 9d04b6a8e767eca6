"""Custom actions: thin. They read the turn, call the desk, and say what happened."""
