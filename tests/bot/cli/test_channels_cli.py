"""`yanxiu channels`: what the doctor finds and says, menus, bounces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Diagnosis
from bot.channels.registry import CHANNELS
from bot.channels.tencent.menu import keys_of, menu
from bot.channels.wechat.channel import WeChatChannel
from bot.cli import channels as channels_cli
from bot.cli import common as command_line
from bot.cli.common import CommandError
from bot.core import Core
from bot.settings import Settings
from handlers.router import CHOICES, COMMANDS
from tests.support.application import settings_for, whole
from tests.support.channel_settings import mail_settings, wechat_settings, wecom_settings
from tests.support.fake_wechat import TEMPLATE_ID, FakeWeChat
from tests.support.fake_wecom import FakeWeCom
from tests.support.mail_server import mail_server
from tests.support.ticking import Ticking


async def found(core: Core, settings: Settings) -> dict[str, Diagnosis]:
    """What each channel's doctor says, by what it looked at."""
    findings: dict[str, Diagnosis] = {}
    for build in CHANNELS:
        channel = build(settings, core.services)
        if channel:
            findings |= {finding.what: finding for finding in await channel.diagnose()}
            await channel.close()
    return findings


async def test_a_wechat_account_that_is_set_up_rightly(tmp_path: Path) -> None:
    clock = Ticking()
    async with FakeWeChat(clock) as wechat, whole(tmp_path, clock=clock) as core:
        settings = wechat_settings(tmp_path, wechat, wechat_template_id=TEMPLATE_ID)
        [channel] = [one for build in CHANNELS if (one := build(settings, core.services))]
        assert isinstance(channel, WeChatChannel)
        await channel.publish_menu()
        await channel.close()
        findings = await found(core, settings)
        assert {what for what, finding in findings.items() if finding.problem} == set()
        assert "https://yanxiu.example/wechat" in findings["回调地址"].note
        assert "安全模式" in findings["消息加解密"].note
        assert [what for what, finding in findings.items() if not finding.tried] == ["回调地址", "消息加解密"]


async def test_what_is_wrong_with_a_wechat_account_is_said_with_where_to_click(tmp_path: Path) -> None:
    clock = Ticking()
    async with FakeWeChat(clock) as wechat, whole(tmp_path, clock=clock) as core:
        wrong = await found(core, wechat_settings(tmp_path, wechat, wechat_secret="x", public_url="http://x"))
        assert "YANXIU_WECHAT_SECRET" in wrong["AppID、AppSecret、IP白名单"].problem
        assert "YANXIU_PUBLIC_URL" in wrong["回调地址"].problem
        wechat.allowed_ip = False
        barred = await found(core, wechat_settings(tmp_path, wechat))
        assert "IP白名单" in barred["AppID、AppSecret、IP白名单"].problem
        wechat.allowed_ip = True
        fields = {"wechat_template_id": TEMPLATE_ID, "wechat_template_fields": {"thing9": "seminar"}}
        clock.forward(seconds=31)
        findings = await found(core, wechat_settings(tmp_path, wechat, **fields))
        assert "yanxiu channels menu" in findings["菜单"].problem
        assert "thing9" in findings["模板消息"].problem


async def test_what_is_wrong_with_a_wecom_application(tmp_path: Path) -> None:
    clock = Ticking()
    async with FakeWeCom(clock) as wecom, whole(tmp_path, clock=clock) as core:
        wecom.trusted_ip = False
        findings = await found(core, wecom_settings(tmp_path, wecom))
        assert "企业可信IP" in findings["AgentId、企业可信IP"].problem
        wecom.trusted_ip = True
        findings = await found(core, wecom_settings(tmp_path, wecom))
        assert findings["AgentId、企业可信IP"].problem == ""
        assert "yanxiu channels menu" in findings["菜单"].problem


async def test_a_mail_server_is_logged_in_to(tmp_path: Path) -> None:
    async with mail_server() as mail, whole(tmp_path) as core:
        assert not (await found(core, mail_settings(tmp_path, mail.port)))["登录邮件服务器"].problem
        wrong = await found(core, mail_settings(tmp_path, mail.port, smtp_password="x"))
        assert "授权码" in wrong["登录邮件服务器"].problem
        assert mail.boxes.got == {}


def test_every_entry_of_the_menu_leads_somewhere() -> None:
    keys = keys_of(menu())
    assert len(keys) == 11
    assert all(key in COMMANDS if key.startswith("/") else key.partition(":")[0] in {*CHOICES, "say"} for key in keys)
    assert len(menu()["button"]) <= 3
    assert all(len(one["name"].encode()) <= 16 and len(one["sub_button"]) <= 5 for one in menu()["button"])


def run(arguments: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    from bot.cli.main import app

    with pytest.raises(SystemExit) as ended:
        app(arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def test_without_channels_the_doctor_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(channels_cli, "settings", lambda: settings_for(tmp_path))
    code, said = run(["channels", "doctor"], capsys)
    assert (code, "还没有配置任何渠道" in said) == (0, True)
    code, said = run(["channels", "menu"], capsys)
    assert (code, "没有地方发布菜单" in said) == (2, True)


def test_a_setting_that_cannot_work_is_one_line_and_exit_code_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = settings_for(tmp_path, wechat_app_id="wx1", wechat_token="t", wechat_aes_key="short")
    monkeypatch.setattr(channels_cli, "settings", lambda: broken)
    code, said = run(["channels", "doctor"], capsys)
    assert code == 1
    assert "EncodingAESKey 应为43位" in said
    assert "Traceback" not in said


def test_a_file_that_is_no_bounce_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(channels_cli, "settings", lambda: settings_for(tmp_path))
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"Subject: hello\r\n\r\nhi")
    code, said = run(["channels", "bounce", str(letter)], capsys)
    assert (code, "什么都没有改" in said) == (0, True)
    code, said = run(["channels", "bounce", str(tmp_path / "missing.eml")], capsys)
    assert (code, "读不了" in said) == (2, True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WECHAT_MODE", "secure", "YANXIU_WECHAT_MODE（可用：'plain', 'compatible', 'safe'）"),
        ("ROBOT_WEBHOOKS", "notjson", "YANXIU_ROBOT_WEBHOOKS 要写成 JSON"),
        ("SMTP_PORT", "x", "YANXIU_SMTP_PORT（要写数字）"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_with_what_it_could_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"YANXIU_{name}", value)
    with pytest.raises(CommandError):
        command_line.settings()
    assert said in capsys.readouterr().err


async def test_a_platform_out_of_reach_is_said_in_words(tmp_path: Path) -> None:
    clock = Ticking()
    async with FakeWeChat(clock) as wechat, whole(tmp_path, clock=clock) as core:
        settings = wechat_settings(tmp_path, wechat, wechat_base_url="http://127.0.0.1:9")
        findings = await found(core, settings)
        assert "连不上平台" in findings["AppID、AppSecret、IP白名单"].problem
