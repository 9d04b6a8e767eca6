"""The `sanbian` command. Every subcommand loads what it needs when it is called, so that each starts fast.

A subcommand that belongs to another package is one line in ELSEWHERE: its name and where its function is.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from api.setup.errors import SetupError
from api.setup.progress import say

if TYPE_CHECKING:
    from desk.settings import Settings

ELSEWHERE = {
    "replay": "api.replay.command:replay",
    "read": "api.reading.command:read",
    "rotate-keys": "api.privacy.command:rotate_keys",
}
"""Subcommand → `module:function` (a Typer command function). One whose module is not there is not offered."""


class Commands(TyperGroup):
    """The subcommands below, and those of ELSEWHERE, which are imported when they are called or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names for the help."""
        return [*super().list_commands(ctx), *(name for name in ELSEWHERE if _exists(name))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The subcommand of that name, or None."""
        if cmd_name in ELSEWHERE and _exists(cmd_name):
            return _loaded(cmd_name)
        return super().get_command(ctx, cmd_name)


def _exists(name: str) -> bool:
    module = ELSEWHERE[name].partition(":")[0]
    return find_spec(module.rpartition(".")[0]) is not None and find_spec(module) is not None


def _loaded(name: str) -> Any:
    module, _, function = ELSEWHERE[name].partition(":")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(getattr(import_module(module), function))
    return get_command(alone)


app = typer.Typer(
    name="sanbian",
    cls=Commands,
    help="Sanbian 三变: a complaint-first customer-service bot for banks, with the agents' desk behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what a person can put right into one sentence and exit status 1, and a stop into 130."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except SetupError as error:
        print(f"sanbian: {error}.", file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("\nsanbian: stopped.", file=sys.stderr)
        raise typer.Exit(130) from None


def here() -> Settings:
    """The settings of this call. Raises SetupError when a variable makes no sense."""
    from pydantic import ValidationError

    from desk.settings import settings

    try:
        return settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["SANBIAN", *(str(part).upper() for part in first["loc"])])
        raise SetupError(f"{name} makes no sense ({first['msg']})") from None


@app.command()
def run() -> None:
    """Build what is missing, then run bot and api until Ctrl-C."""
    with one_sentence():
        from api.setup.database import demo_staff
        from api.setup.everything import prepare
        from api.supervisor import service
        from desk.settings import ROOT

        settings = here()
        with service.only_one(settings):
            service.choose_addresses(settings)  # before minutes of training, not after
            model = prepare(settings)
            addresses = service.choose_addresses(settings)
            sign_ins = demo_staff(settings, addresses.public)
            specs = [service.api_spec(ROOT, settings, addresses)]
            if model:
                specs.insert(0, service.bot_spec(ROOT, settings, addresses, model))

            def on_ready(seconds: float) -> None:
                say(f"Sanbian is ready ({seconds:.0f} s).")
                service.tell(addresses, settings, sign_ins, say)

            say(f"starting bot and api on {addresses.public}")
            with service.recorded(settings, addresses):
                service.Service(specs, f"{addresses.api}/readyz", say, on_ready).run()
        say("stopped.")


@app.command()
def setup() -> None:
    """Build the pages, migrate the database, train the readers and the bot, each when needed."""
    with one_sentence():
        from api.setup.everything import prepare

        prepare(here())


@app.command()
def train() -> None:
    """Train the readers and the bot, each when its training data changed."""
    with one_sentence():
        from api.setup.readers import ensure_readers
        from api.setup.training import ensure_model
        from desk.settings import ROOT

        settings = here()
        say(str(ensure_readers(settings)))
        say(str(ensure_model(ROOT, models_dir=settings.models_dir, var_dir=settings.var_dir)))


@app.command()
def model() -> None:
    """Print the hash of the training data, and where its model is or will be."""
    with one_sentence():
        from api.setup.training import model_path
        from desk.settings import ROOT

        path = model_path(ROOT, here().models_dir)
        digest = path.name.removeprefix("sanbian-").removesuffix(".tar.gz")
        say(f"{digest} {path}{'' if path.exists() else ' (not trained yet)'}")


@app.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    with one_sentence():
        from api.setup.database import migrate as bring_up_to_date

        bring_up_to_date(here())


@app.command("build-web")
def build_web() -> None:
    """Build the pages when their sources changed."""
    with one_sentence():
        from api.setup.web import ensure_pages
        from desk.settings import ROOT

        if not ensure_pages(ROOT, here().var_dir):
            say("pages: up to date")


if __name__ == "__main__":
    app()
