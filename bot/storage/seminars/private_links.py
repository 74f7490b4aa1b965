"""Private addresses of a seminar's page and calendar."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.storage.access.one_time_secrets import SecretPurpose, SecretScope, find, issue, link_token, revoke
from bot.storage.db.methods import Store, querying, transacting
from handlers.domain.seminar import LinkPurpose


class Links(Store):
    """At most one per member, seminar and purpose; whoever knows the token may read what it is for."""

    @transacting
    def open(
        self, connection: sa.Connection, person_id: int, seminar_id: int, purpose: LinkPurpose, now: datetime
    ) -> str:
        return issue(connection, link_token, _scope(person_id, seminar_id, purpose), now, replace=True)

    @transacting
    def revoke(self, connection: sa.Connection, person_id: int, seminar_id: int, purpose: LinkPurpose) -> bool:
        return revoke(connection, _scope(person_id, seminar_id, purpose))

    @querying
    def owner(self, connection: sa.Connection, token: str, purpose: LinkPurpose) -> tuple[int, int] | None:
        row = find(connection, SecretPurpose(purpose.value), token)
        return (row.person_id, row.seminar_id) if row else None


def _scope(person_id: int, seminar_id: int, purpose: LinkPurpose) -> SecretScope:
    return SecretScope(purpose=SecretPurpose(purpose.value), person_id=person_id, seminar_id=seminar_id)
