"""Who looked at what, and who did what: written before it happens, never changed."""
