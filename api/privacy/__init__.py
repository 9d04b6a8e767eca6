"""Keys, from the command line."""
