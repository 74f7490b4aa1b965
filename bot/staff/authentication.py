"""Staff sign-in: passwords, one-time codes, throttling, lock-out."""

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
from handlers.texts import staff as texts

SHORTEST_PASSWORD = 10
LOCKED_AFTER, LOCKED_FOR = 8, timedelta(minutes=15)
"""Consecutive failures of one account, and how long it is then locked."""
SOURCE_FAILURES, SOURCE_WINDOW = 30, timedelta(minutes=15)
"""Failures of one client address within a window after which it is refused."""
ISSUER = "研修助手"
CODE = re.compile(r"\d{6}")
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$15fVw0IFoM9YPW6cVJn3xA$WHU/0/BUEyk2rjsHJVqyE/MdO4NDcutxnI5z9chaGAc"
"""What the password of an account that does not exist is compared with: it takes as long as a real one."""
STEP_SECONDS = 30
DRIFT_STEPS = 1


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """`code_needed` asks for the one-time code."""

    sentence: str
    code_needed: bool = False


class SigningIn:
    """A wrong password takes the same time and gives the same answer whether or not the account exists."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._hasher = PasswordHasher()

    async def sign_in(self, name: str, password: str, code: str, source: str) -> str:
        """Returns a session token. Raises Refusal."""
        now = self._clock()
        await self._accounts.note_failure(source, now)  # before the check: parallel attempts count; undone on success
        if await self._accounts.failures_since(source, now - SOURCE_WINDOW) > SOURCE_FAILURES:
            raise Refusal(texts.LOGIN_THROTTLED)
        account = await self._accounts.by_name(name)
        if account and account.locked_until and account.locked_until > now:
            raise Refusal(texts.ACCOUNT_LOCKED)
        right = await self._matches(account.password if account else "", password)
        if account is None or not right or account.disabled_at:
            await self._failed(account, now)
            raise Refusal(texts.LOGIN_WRONG)
        if account.totp:
            await self._check_code(account, code, now)
        await self._accounts.forget_failure(source)
        if account.failures or account.locked_until:
            cleared = {"failures": 0, "locked_until": None}
            await self._accounts.change(account.id, cleared, "", account.actor, now, log=False)
        return await self._accounts.open_session(account.id, now)

    async def set_password(self, account_id: int, password: str, actor: Actor) -> None:
        """Ends every session of the account. Raises ValueError."""
        if problem := weakness(password):
            raise ValueError(problem)
        hashed = await asyncio.to_thread(self._hasher.hash, password)
        values = {"password": hashed, "failures": 0, "locked_until": None}
        await self._accounts.change(account_id, values, "设置密码", actor, self._clock())

    async def change_password(self, account: Account, current: str, new: str) -> None:
        """Raises ValueError where the current password is wrong or the new one too weak."""
        await self.confirm_password(account, current)
        await self.set_password(account.id, new, account.actor)

    async def confirm_password(self, account: Account, current: str) -> None:
        """Raises ValueError where it is wrong."""
        now = self._clock()
        fresh = await self._accounts.by_id(account.id)
        if fresh and fresh.locked_until and fresh.locked_until > now:
            raise ValueError(texts.PASSWORD_LOCKED)
        if not await self._matches(account.password, current):
            await self._failed(account, now)
            raise ValueError(texts.PASSWORD_WRONG)

    async def redeem(self, token: str, password: str) -> int:
        """Returns the account id. Raises ValueError; a weak password does not use up the token."""
        if problem := weakness(password):
            raise ValueError(problem)
        account_id = await self._accounts.redeem(token, Purpose.PASSWORD, self._clock())
        account = await self._accounts.by_id(account_id) if account_id else None
        if account is None or account.disabled_at:
            raise ValueError(texts.INVITATION_USED)
        await self.set_password(account.id, password, account.actor)
        return account.id

    async def begin_totp(self) -> str:
        return pyotp.random_base32()

    async def confirm_totp(self, account: Account, secret: str, code: str) -> None:
        """Activates the secret. Raises ValueError where the code is wrong."""
        if account.totp:
            raise ValueError(texts.TOTP_IN_USE)
        counter = self._counter(secret, code, self._clock())
        if counter is None:
            raise ValueError(texts.TOTP_WRONG)
        values = {"totp": secret, "totp_used": counter}
        await self._accounts.change(account.id, values, "启用动态码", account.actor, self._clock())

    async def drop_totp(self, account_id: int, actor: Actor) -> None:
        values = {"totp": "", "totp_used": 0}
        await self._accounts.change(account_id, values, "停用动态码", actor, self._clock())

    @staticmethod
    def totp_address(account: Account, secret: str) -> str:
        return pyotp.TOTP(secret, name=account.name, issuer=ISSUER).provisioning_uri()

    async def _matches(self, hashed: str, password: str) -> bool:
        try:
            await asyncio.to_thread(self._hasher.verify, hashed or NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)

    async def _check_code(self, account: Account, code: str, now: datetime) -> None:
        if not code.strip():
            raise Refusal(texts.TOTP_MISSING, code_needed=True)
        counter = self._counter(account.totp, code, now)
        if counter is None or not await self._accounts.use_totp(account.id, counter):
            await self._failed(account, now)
            raise Refusal(texts.TOTP_USED, code_needed=True)

    @staticmethod
    def _counter(secret: str, code: str, now: datetime) -> int | None:
        """The TOTP time step the code belongs to, within the tolerated drift; None where it matches none."""
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
    """The reason, in Chinese, why a password is too weak; empty where it is acceptable."""
    if len(password) < SHORTEST_PASSWORD:
        return texts.PASSWORD_SHORT.format(least=SHORTEST_PASSWORD)
    if len(set(password)) <= 3 or password.isdecimal():
        return texts.PASSWORD_WEAK
    return ""
