"""Nothing is kept longer than it is needed, and nothing is lost before."""
