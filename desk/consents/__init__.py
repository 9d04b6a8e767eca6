"""To what customers agreed, in which wording."""
