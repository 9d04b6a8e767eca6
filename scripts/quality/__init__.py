"""How well messages are understood, measured: `make quality`."""
