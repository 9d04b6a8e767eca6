"""All steps before Sanbian runs, in their order."""

from __future__ import annotations

from pathlib import Path

from api.setup import database, readers, training, web
from api.setup.progress import say
from desk.settings import ROOT, Settings


def prepare(settings: Settings, root: Path = ROOT) -> Path | None:
    """Build the pages, migrate the database, train readers and bot, each when needed, and say so.

    Returns the model to serve; None when another machine runs the bot (`bot_url`). Raises SetupError.
    """
    if not web.ensure_pages(root, settings.var_dir):
        say("pages: up to date")
    database.migrate(settings)
    say("database: up to date")
    say(f"readers: {readers.ensure_readers(settings).name}")
    if settings.bot_url:
        say(f"bot: runs elsewhere, at {settings.bot_address}")
        return None
    model = training.ensure_model(root, models_dir=settings.models_dir, var_dir=settings.var_dir)
    say(f"model: {model.name}")
    return model
