"""Where this installation lives and what it listens on. Rules, texts and thresholds are data under `data/`, not here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The repository, which is also where `make run` works."""


class Settings(BaseSettings):
    """Read from `SANBIAN_*` variables and an optional `.env`; each is explained in `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="SANBIAN_", env_file=ROOT / ".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None
    """How customers reach us when a proxy stands in front; else http://host:port."""
    var_dir: Path = ROOT / "var"
    data_dir: Path = ROOT / "data"
    models_dir: Path = ROOT / "models"
    database_url: str | None = None
    """SQLAlchemy address; default is SQLite in `var_dir`."""
    redis_url: str | None = None
    """Set it when several api processes share customers: hints then cross processes."""
    bot_url: str | None = None
    """Where the bot listens when this api does not start it itself."""
    bot_port: int = 5005
    actions_port: int = 8001
    """Loopback port of the custom actions. Never to be reached from outside."""
    key_file: Path | None = None
    """Field-encryption keys; made at first start with mode 600. Default `var_dir`/keys.json."""
    link_key: SecretStr | None = Field(default=None, min_length=32)
    """Shared with the bank's own sign-in, which signs who a customer is (docs/privacy.md). Unset: nobody can be linked."""
    secure_cookies: bool = False
    """Set behind TLS: staff cookies are then sent over https only."""
    session_days: int = Field(default=30, ge=1)
    survey_delay_hours: float = Field(default=24, ge=0)
    """How long after the decision notice the customer is asked whether it was put right (3-dialogue.md 3.11)."""
    session_rate_per_minute: int = Field(default=30, ge=1)
    """New web-chat sessions an address may open in a minute."""
    message_rate_per_minute: int = Field(default=60, ge=1)
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For is believed."""
    widget_origins: tuple[str, ...] = ("*",)
    """Origins whose pages may carry the widget. The chat API uses bearer tokens and no cookies."""

    @field_validator("var_dir", "data_dir", "models_dir", "key_file")
    @classmethod
    def in_the_project(cls, path: Path | None) -> Path | None:
        """A relative path means one below the project, wherever the process was started."""
        return ROOT / path if path is not None else None

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.var_dir / 'sanbian.db'}"

    @property
    def bot_address(self) -> str:
        """Base address of the Rasa server."""
        return (self.bot_url or f"http://127.0.0.1:{self.bot_port}").rstrip("/")

    @property
    def actions_address(self) -> str:
        """Where the bot calls its custom actions."""
        return f"http://127.0.0.1:{self.actions_port}/actions"

    @property
    def keys(self) -> Path:
        """The key file in force."""
        return self.key_file or self.var_dir / "keys.json"


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
