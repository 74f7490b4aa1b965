"""What one message is handled with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue

from handlers.core.services import ConversationServices
from handlers.domain.messages import Address, Incoming
from handlers.domain.seminar import Flow
from knowledge.model.snapshot import Knowledge

LOCAL = frozenset({"web", "terminal"})
"""Channels whose people sit where the web server's own address works, unless a public one is set."""


@dataclass(frozen=True, slots=True)
class Context:
    incoming: Incoming
    now: datetime
    services: ConversationServices

    @property
    def address(self) -> Address:
        return self.incoming.address

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def knowledge(self) -> Knowledge:
        return self.services.answering.knowledge

    @property
    def link_base(self) -> str:
        """What links begin with for whoever is talking; empty where they could not open them."""
        services = self.services
        return services.public_url or (services.local_url if self.address.channel in LOCAL else "")

    async def person(self) -> int:
        return await self.services.seminars.person(self.address, self.now)

    async def flow(self, name: str = "") -> Flow | None:
        flow = await self.services.flows.flow(self.address)
        return flow if flow and name in {"", flow.name} else None

    async def keep_flow(self, flow: Flow) -> None:
        await self.services.flows.save(self.address, flow, self.now)

    async def begin_flow(self, name: str, /, **answers: JsonValue) -> Flow:
        flow = Flow(name=name, answers=answers)
        await self.keep_flow(flow)
        return flow

    async def end_flow(self) -> None:
        await self.services.flows.end(self.address)
