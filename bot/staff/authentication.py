"""Signing staff in: passwords, one-time codes, throttle and lock-out."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.clock import Clock
from bot.storage.staff.accounts import Account, Accounts, Purpose
from bot.storage.staff.audit import Actor

SHORTEST_PASSWORD = 10
LOCKED_AFTER, LOCKED_FOR = 8, timedelta(minutes=15)
"""Failures in a row of one account, and how long it is then locked."""
SOURCE_FAILURES, SOURCE_WINDOW = 30, timedelta(minutes=15)
"""Failures from one place within a window, from which on nothing is tried for it any more."""
USED_UP = "链接已用过或已过期，请管理员重新生成"
ISSUER = "研修助手"
CODE = re.compile(r"\d{6}")
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$15fVw0IFoM9YPW6cVJn3xA$WHU/0/BUEyk2rjsHJVqyE/MdO4NDcutxnI5z9chaGAc"
"""What the password of an account that does not exist is compared with: it takes as long as a real one."""
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""Clocks of telephones may be so many steps off."""


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """Not signed in; the sentence says what to do. `code_needed` asks for the one-time code."""

    sentence: str
    code_needed: bool = False


class SigningIn:
    """A wrong password costs the same time and says the same, whether the account exists or not."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._hasher = PasswordHasher()

    async def sign_in(self, name: str, password: str, code: str, source: str) -> str:
        """A session token. Raises Refusal."""
        now = self._clock()
        await self._accounts.note_failure(source, now)  # taken back on success: what runs at once is counted at once
        if await self._accounts.failures_since(source, now - SOURCE_WINDOW) > SOURCE_FAILURES:
            raise Refusal("从这里登录失败太多次，请15分钟后再试")
        account = await self._accounts.by_name(name)
        if account and account.locked_until and account.locked_until > now:
            raise Refusal("这个账号因多次输错已暂时锁定，请15分钟后再试，或请管理员解锁")
        right = await self._matches(account.password if account else "", password)
        if account is None or not right or account.disabled_at:
            await self._failed(account, now)
            raise Refusal("用户名或密码不对")
        if account.totp:
            await self._check_code(account, code, now)
        await self._accounts.forget_failure(source)
        if account.failures or account.locked_until:
            cleared = {"failures": 0, "locked_until": None}
            await self._accounts.change(account.id, cleared, "", account.actor, now, log=False)
        return await self._accounts.open_session(account.id, now)

    async def set_password(self, account_id: int, password: str, actor: Actor) -> None:
        """Hash and keep it; every session of the account ends. Raises ValueError."""
        problem = weakness(password)
        if problem:
            raise ValueError(problem)
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        values = {"password": hashed, "failures": 0, "locked_until": None}
        await self._accounts.change(account_id, values, "设置密码", actor, self._clock())

    async def change_password(self, account: Account, current: str, new: str) -> None:
        """By its owner, who knows the current one. Raises ValueError."""
        await self.confirm_password(account, current)
        await self.set_password(account.id, new, account.actor)

    async def confirm_password(self, account: Account, current: str) -> None:
        """That it is really them. Raises ValueError."""
        now = self._clock()
        fresh = await self._accounts.by_id(account.id)
        if fresh and fresh.locked_until and fresh.locked_until > now:
            raise ValueError("密码输错太多次，请15分钟后再试")
        if not await self._matches(account.password, current):
            await self._failed(account, now)
            raise ValueError("当前密码不对")

    async def redeem(self, token: str, password: str) -> int:
        """Use an invitation to set a password; the account. Raises ValueError, the token is kept where it can be."""
        if problem := weakness(password):
            raise ValueError(problem)
        account_id = await self._accounts.redeem(token, Purpose.PASSWORD, self._clock())
        account = await self._accounts.by_id(account_id) if account_id else None
        if account is None or account.disabled_at:
            raise ValueError(USED_UP)
        await self.set_password(account.id, password, account.actor)
        return account.id

    async def begin_totp(self) -> str:
        """A new secret, not yet in use."""
        return pyotp.random_base32()

    async def confirm_totp(self, account: Account, secret: str, code: str) -> None:
        """Use a secret from now on, once a code of it has been shown. Raises ValueError."""
        if account.totp:
            raise ValueError("已启用动态码，要换请先停用")
        counter = self._counter(secret, code, self._clock())
        if counter is None:
            raise ValueError("动态码不对，请看验证器上最新的6位数字")
        values = {"totp": secret, "totp_used": counter}
        await self._accounts.change(account.id, values, "启用动态码", account.actor, self._clock())

    async def drop_totp(self, account_id: int, actor: Actor) -> None:
        """Sign in without a code from now on."""
        values = {"totp": "", "totp_used": 0}
        await self._accounts.change(account_id, values, "停用动态码", actor, self._clock())

    @staticmethod
    def totp_address(account: Account, secret: str) -> str:
        """What an authenticator reads."""
        return pyotp.TOTP(secret, name=account.name, issuer=ISSUER).provisioning_uri()

    async def _matches(self, hashed: str, password: str) -> bool:
        try:
            await asyncio.to_thread(self._hasher.verify, hashed or NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)

    async def _check_code(self, account: Account, code: str, now: datetime) -> None:
        if not code.strip():
            raise Refusal("请输入验证器上的6位动态码", code_needed=True)
        counter = self._counter(account.totp, code, now)
        if counter is None or not await self._accounts.use_totp(account.id, counter):
            await self._failed(account, now)
            raise Refusal("动态码不对或已用过，请用最新的一个", code_needed=True)

    @staticmethod
    def _counter(secret: str, code: str, now: datetime) -> int | None:
        """The time step a code belongs to, near enough to now; None where it is none."""
        given, step = code.replace(" ", ""), int(now.timestamp()) // STEP_SECONDS
        if not CODE.fullmatch(given):
            return None
        totp = pyotp.TOTP(secret)
        near = range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1)
        return next((one for one in near if pyotp.utils.strings_equal(totp.generate_otp(one), given)), None)

    async def _failed(self, account: Account | None, now: datetime) -> None:
        if account and await self._accounts.fail_once_more(account.id, LOCKED_AFTER, now + LOCKED_FOR):
            await self._accounts.change(account.id, {"failures": 0}, "锁定账号", account.actor, now)


def weakness(password: str) -> str:
    """What is wrong with a password, in Chinese; empty where it will do."""
    if len(password) < SHORTEST_PASSWORD:
        return f"密码至少{SHORTEST_PASSWORD}位"
    if len(set(password)) <= 3 or password.isdecimal():
        return "密码太简单，请混用字母、数字或汉字"
    return ""
