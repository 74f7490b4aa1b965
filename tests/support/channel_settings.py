"""Settings of a channel that is set up rightly."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from tests.support import fake_wechat, fake_wecom, mail_server
from tests.support.application import settings_for


def wechat_settings(folder: Path, wechat: fake_wechat.FakeWeChat, **changes: object) -> Settings:
    fixed = {
        "wechat_app_id": fake_wechat.APP_ID,
        "wechat_secret": fake_wechat.SECRET,
        "wechat_token": fake_wechat.TOKEN,
        "wechat_aes_key": fake_wechat.AES_KEY,
        "wechat_base_url": wechat.url,
        "wechat_mode": wechat.mode,
        "public_url": "https://yanxiu.example",
    }
    return settings_for(folder, **{**fixed, **changes})


def wecom_settings(folder: Path, wecom: fake_wecom.FakeWeCom, **changes: object) -> Settings:
    fixed = {
        "wecom_corp_id": fake_wecom.CORP_ID,
        "wecom_agent_id": fake_wecom.AGENT_ID,
        "wecom_secret": fake_wecom.SECRET,
        "wecom_token": fake_wecom.TOKEN,
        "wecom_aes_key": fake_wecom.AES_KEY,
        "wecom_base_url": wecom.url,
        "public_url": "https://yanxiu.example",
    }
    return settings_for(folder, **{**fixed, **changes})


def mail_settings(folder: Path, port: int, **changes: object) -> Settings:
    fixed = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_user": mail_server.USER,
        "smtp_password": mail_server.PASSWORD,
        "smtp_from": f"研修助手 <{mail_server.USER}>",
        "smtp_security": "none",
        "public_url": "https://yanxiu.example",
    }
    return settings_for(folder, **{**fixed, **changes})
