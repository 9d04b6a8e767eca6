"""Keeps the bot and the api running, each restarted by itself, and ends them with us, however we end."""
