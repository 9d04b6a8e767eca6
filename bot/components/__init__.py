"""Own components of the Rasa graph."""
