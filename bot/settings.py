"""Settings from the environment, all prefixed YANXIU_. Each is documented in bot/README.md."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TelegramMode(StrEnum):
    """How updates arrive from Telegram."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class WeChatMode(StrEnum):
    """How WeChat sends messages, as set in its console: 明文, 兼容 or 安全模式."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class MailSecurity(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Settings(BaseSettings):
    """The whole configuration; every value has a default that runs on one machine."""

    model_config = SettingsConfigDict(env_prefix="YANXIU_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///yanxiu.db"
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    upload_days: int = Field(default=180, ge=1)
    staff_second_person: bool = False
    log_level: str = "INFO"
    log_json: bool = False

    telegram_token: SecretStr = SecretStr("")
    telegram_base_url: str = "https://api.telegram.org"
    telegram_mode: TelegramMode = TelegramMode.POLLING
    telegram_webhook_secret: SecretStr = SecretStr("")

    wechat_app_id: str = ""
    wechat_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_aes_key: SecretStr = SecretStr("")
    wechat_mode: WeChatMode = WeChatMode.SAFE
    wechat_base_url: str = "https://api.weixin.qq.com"
    wechat_template_id: str = ""
    wechat_template_fields: dict[str, str] = {
        "thing1": "seminar",
        "thing2": "subject",
        "time3": "due",
        "thing4": "hint",
    }

    wecom_corp_id: str = ""
    wecom_agent_id: int = 0
    wecom_secret: SecretStr = SecretStr("")
    wecom_token: SecretStr = SecretStr("")
    wecom_aes_key: SecretStr = SecretStr("")
    wecom_base_url: str = "https://qyapi.weixin.qq.com"
    wecom_markdown: bool = False

    robot_webhooks: dict[str, SecretStr] = {}

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = ""
    smtp_security: MailSecurity = MailSecurity.STARTTLS

    @property
    def local_url(self) -> str:
        """Where a browser on this machine finds the web server."""
        return f"http://{self.host}:{self.port}"
