"""Settings from the environment, all prefixed YANXIU_. Each is documented in README."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TelegramMode(StrEnum):
    """How updates arrive from Telegram."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Settings(BaseSettings):
    """The whole configuration; every value has a default that runs on one machine."""

    model_config = SettingsConfigDict(env_prefix="YANXIU_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///yanxiu.db"
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    cache_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Path.home() / ".cache" / "yanxiu"
    upload_days: int = Field(default=180, ge=1)
    staff_second_person: bool = False
    log_level: str = "INFO"
    log_json: bool = False

    telegram_token: SecretStr = SecretStr("")
    telegram_base_url: str = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    telegram_webhook_secret: SecretStr = SecretStr("")

    @property
    def local_url(self) -> str:
        """Where a browser on this machine finds the web server."""
        return f"http://{self.host}:{self.port}"
