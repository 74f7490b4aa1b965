"""Private links to files, for channels that cannot carry them."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.access.one_time_secrets import SecretPurpose, SecretScope, find, issue, link_token
from bot.storage.db.methods import Store, querying, transacting
from handlers.domain.messages import Address

HOLDS = timedelta(hours=24)


class Downloads(Store):
    """Whoever knows the secret may have the file, as long as it holds and its address may have it."""

    @transacting
    def open(self, connection: sa.Connection, address: Address, token: str, now: datetime) -> str:
        """A new secret for the file that an attachment's token names."""
        detail = {"channel": address.channel, "address_id": address.id, "token": token}
        scope = SecretScope(purpose=SecretPurpose.DOWNLOAD)
        return issue(connection, link_token, scope, now, expires_at=now + HOLDS, detail=detail)

    @querying
    def what(self, connection: sa.Connection, secret: str, now: datetime) -> tuple[Address, str] | None:
        """Whose file it is, and its token; None where the secret does not hold (any more)."""
        row = find(connection, SecretPurpose.DOWNLOAD, secret, now)
        if row is None:
            return None
        detail = row.detail
        return Address(channel=detail["channel"], id=detail["address_id"]), detail["token"]
