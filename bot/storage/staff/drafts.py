"""Queries about drafts: a notice on its way, and each of its facts as people judge it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.db.bulk_insert import bulk_insert
from bot.storage.db.methods import Store, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_all
from bot.storage.staff.audit import Actor, record
from bot.storage.staff.draft_models import DraftHead, DraftStage, HeldDraft, JudgedFact, ReviewDecision, Stale
from bot.storage.tables.staff import accounts, draft_facts, drafts
from knowledge.importing.proposed import Origin, ProposedFact
from knowledge.model.notice import Fact

LAST = 10**6
"""The position of facts that people add: behind those that were read."""


class Drafts(Store):
    """Each change names the version it was made against; one that is too late changes nothing."""

    @transacting
    def begin(self, connection: sa.Connection, file_name: str, data: bytes, actor: Actor, now: datetime) -> int:
        row: dict[str, Any] = {
            "stage": str(DraftStage.READING),
            "step": "读取文字",
            "problem": "",
            "file_name": file_name,
            "data": data,
        }
        row |= {"source": "", "said": {}, "context": [], "against": "", "reason": "", "version": 1}
        row |= {"base": 0, "account_id": actor.account_id, "created_at": now, "changed_at": now}
        put = sa.insert(drafts).values(row).returning(drafts.c.id)
        made: int = connection.execute(put).scalar_one()
        after = {"file": file_name, "bytes": len(data)}
        record(connection, actor, "导入文件", f"草稿 {made}", now, after=after)
        return made

    async def step(self, draft_id: int, step: str, now: datetime) -> None:
        await self._set(draft_id, {"step": step, "changed_at": now})

    async def fail(self, draft_id: int, problem: str, now: datetime) -> None:
        await self._set(draft_id, {"stage": str(DraftStage.FAILED), "problem": problem, "changed_at": now})

    @transacting
    def fill(
        self,
        connection: sa.Connection,
        draft_id: int,
        source: str,
        said: dict[str, Any],
        against: str,
        facts: Sequence[ProposedFact],
        now: datetime,
        state: ReviewDecision = ReviewDecision.PENDING,
        context: Sequence[dict[str, str]] = (),
        base: int = 0,
    ) -> None:
        """What was read; from now on people judge it. `base` is the revision it starts from."""
        values: dict[str, Any] = {
            "source": source,
            "said": said,
            "against": against,
            "stage": str(DraftStage.OPEN),
            "step": "",
        }
        rows = [
            {
                "draft_id": draft_id,
                "position": position,
                "fact": one.fact.model_dump(mode="json", exclude_defaults=True),
                "origin": str(one.origin),
                "fate": str(one.fate) if one.fate else "",
                "was": one.was,
                "confidence": one.confidence,
                "state": str(state),
                "version": 1,
                "account_id": None,
            }
            for position, one in enumerate(facts)
        ]
        values |= {"changed_at": now, "context": list(context), "base": base}
        update = sa.update(drafts).where(_being_read(draft_id)).returning(drafts.c.id)
        if connection.execute(update.values(values)).one_or_none() is None:
            return  # given up meanwhile
        if rows:
            bulk_insert(connection, draft_facts, rows)

    async def all(self) -> tuple[DraftHead, ...]:
        query = _heads().order_by(drafts.c.changed_at.desc())
        rows = await self._database.query(fetch_all(query.limit(100)))
        return tuple(_head(row) for row in rows)

    async def one(self, draft_id: int) -> HeldDraft | None:
        return await self._database.query(lambda connection: read_draft(connection, draft_id))

    async def judge(self, fact_id: int, version: int, state: ReviewDecision, actor: Actor, now: datetime) -> None:
        """Raises Stale."""
        await self._change_fact(fact_id, version, {"state": str(state)}, actor, now, state.label)

    async def edit(self, fact_id: int, version: int, fact: Fact, actor: Actor, now: datetime) -> None:
        """Other words, bounds or dates; edited facts count as accepted. Raises Stale."""
        dumped = fact.model_dump(mode="json", exclude_defaults=True)
        values = {"fact": dumped, "state": str(ReviewDecision.ACCEPTED)}
        await self._change_fact(fact_id, version, values, actor, now, "修改事实")

    @transacting
    def add(self, connection: sa.Connection, draft_id: int, fact: Fact, actor: Actor, now: datetime) -> int:
        dumped = fact.model_dump(mode="json", exclude_defaults=True)
        row: dict[str, Any] = {"draft_id": draft_id, "position": LAST, "fact": dumped}
        row |= {"origin": str(Origin.FOUND), "fate": "", "was": "", "confidence": 1.0, "version": 1}
        row |= {"state": str(ReviewDecision.ACCEPTED), "account_id": actor.account_id}
        _open(connection, draft_id)
        [made] = bulk_insert(connection, draft_facts, [row])
        record(connection, actor, "补充事实", f"草稿 {draft_id}", now, after={"fact": row["fact"]})
        _touch(connection, draft_id, now)
        return made

    @transacting
    def judge_all(
        self,
        connection: sa.Connection,
        draft_id: int,
        where: dict[str, str],
        state: ReviewDecision,
        actor: Actor,
        now: datetime,
    ) -> int:
        """Say the same of every pending fact of a kind (`fate` or `origin`); how many there were."""
        columns = [draft_facts.c[name] == value for name, value in where.items()]
        update = (
            sa.update(draft_facts)
            .where(draft_facts.c.draft_id == draft_id, draft_facts.c.state == str(ReviewDecision.PENDING), *columns)
            .values(state=str(state), version=draft_facts.c.version + 1, account_id=actor.account_id)
            .returning(draft_facts.c.id)
        )
        _open(connection, draft_id)
        done = len(connection.execute(update).all())
        after = {"facts": done, "state": str(state), **where}
        record(connection, actor, f"成批{state.label}", f"草稿 {draft_id}", now, after=after)
        _touch(connection, draft_id, now)
        return done

    @transacting
    def describe(
        self,
        connection: sa.Connection,
        draft_id: int,
        version: int,
        values: dict[str, Any],
        actor: Actor,
        now: datetime,
    ) -> None:
        """Other metadata, context or reason. Raises Stale."""
        before = _open(connection, draft_id)
        if before.version != version:
            raise Stale
        update = sa.update(drafts).where(drafts.c.id == draft_id)
        connection.execute(update.values(values | {"version": version + 1, "changed_at": now}))
        kept = {name: getattr(before, name) for name in values}
        record(connection, actor, "修改草稿", f"草稿 {draft_id}", now, before=kept, after=values)

    @transacting
    def set_stage(
        self,
        connection: sa.Connection,
        draft_id: int,
        expected: Sequence[DraftStage],
        stage: DraftStage,
        actor: Actor,
        now: datetime,
    ) -> None:
        """Submit, reopen or discard. Raises Stale where it is not at an expected stage."""
        move(connection, draft_id, expected, stage, actor, now)
        record(connection, actor, stage.label, f"草稿 {draft_id}", now)

    async def _set(self, draft_id: int, values: dict[str, Any]) -> None:
        await self._database.transact(execute(sa.update(drafts).where(_being_read(draft_id)).values(values)))

    @transacting
    def _change_fact(
        self,
        connection: sa.Connection,
        fact_id: int,
        version: int,
        values: dict[str, Any],
        actor: Actor,
        now: datetime,
        action: str,
    ) -> None:
        query = sa.select(draft_facts).where(draft_facts.c.id == fact_id).with_for_update()
        update = sa.update(draft_facts).where(draft_facts.c.id == fact_id, draft_facts.c.version == version)
        values = values | {"version": version + 1, "account_id": actor.account_id}
        before = connection.execute(query).one_or_none()
        if before is None or before.version != version:
            raise Stale
        _open(connection, before.draft_id)
        connection.execute(update.values(values))
        kept = {"fact": before.fact, "state": before.state}
        subject = f"草稿 {before.draft_id} 事实 {before.fact['id']}"
        after = {name: value for name, value in values.items() if name in kept}
        record(connection, actor, action, subject, now, before=kept, after=after)
        _touch(connection, before.draft_id, now)


def _being_read(draft_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(drafts.c.id == draft_id, drafts.c.stage == str(DraftStage.READING))


def read_draft(connection: sa.Connection, draft_id: int) -> HeldDraft | None:
    row = connection.execute(_heads().where(drafts.c.id == draft_id)).one_or_none()
    if row is None:
        return None
    query = sa.select(draft_facts).where(draft_facts.c.draft_id == draft_id)
    query = query.order_by(draft_facts.c.position, draft_facts.c.id)
    facts = tuple(_judged(fact) for fact in connection.execute(query).all())
    return from_row(HeldDraft, row, head=_head(row), context=tuple(row.context), facts=facts)


def move(
    connection: sa.Connection,
    draft_id: int,
    expected: Sequence[DraftStage],
    stage: DraftStage,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Bring a draft to another stage within a transaction, as it was looked at. Raises Stale."""
    values: dict[str, Any] = {"stage": str(stage), "changed_at": now, "version": drafts.c.version + 1}
    if stage is DraftStage.WAITING:
        values["submitted_by"] = actor.account_id
    update = sa.update(drafts).where(drafts.c.id == draft_id, drafts.c.stage.in_([str(one) for one in expected]))
    update = update.where(drafts.c.version == version) if version is not None else update
    if connection.execute(update.values(values).returning(drafts.c.id)).one_or_none() is None:
        raise Stale


def _open(connection: sa.Connection, draft_id: int) -> sa.Row[Any]:
    """The draft, locked. Raises Stale unless people are still judging it."""
    query = sa.select(drafts).where(drafts.c.id == draft_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or row.stage != str(DraftStage.OPEN):
        raise Stale
    return row


def _touch(connection: sa.Connection, draft_id: int, now: datetime) -> None:
    values = {"changed_at": now, "version": drafts.c.version + 1}
    connection.execute(sa.update(drafts).where(drafts.c.id == draft_id).values(values))


def _heads() -> sa.Select[Any]:
    columns = [column for column in drafts.c if column.name != "data"]
    joined = drafts.outerjoin(accounts, accounts.c.id == drafts.c.account_id)
    return sa.select(*columns, accounts.c.display.label("who")).select_from(joined)


def _head(row: sa.Row[Any]) -> DraftHead:
    title, who = str(row.said.get("title") or row.file_name), row.who or "命令行"
    return from_row(DraftHead, row, stage=DraftStage(row.stage), title=title, who=who)


def _judged(row: sa.Row[Any]) -> JudgedFact:
    made = {"fact": Fact.model_validate(row.fact), "origin": Origin(row.origin), "state": ReviewDecision(row.state)}
    return from_row(JudgedFact, row, **made)
