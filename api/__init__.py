"""HTTP and sockets over the desk, the turn engine, and the `sanbian` command."""
