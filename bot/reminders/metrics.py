"""Counters of the reminder loop (Prometheus)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LAGS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0, 86400.0)


class ReminderMetrics:
    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self._sent = Counter("yanxiu_reminders_sent", "Reminders delivered.", registry=registry)
        self._repeated = Counter(
            "yanxiu_reminders_repeated", "Messages delivered, perhaps a second time.", registry=registry
        )
        self._failed = Counter("yanxiu_reminder_pushes_failed", "Pushes not taken.", ["outcome"], registry=registry)
        self._lag = Histogram(
            "yanxiu_reminder_lag_seconds", "From due to delivered, a message.", buckets=_LAGS, registry=registry
        )
        self._waiting = Gauge("yanxiu_reminder_people_due", "People whose turn has come.", registry=registry)

    def sent(self, reminders: int, lag_seconds: float, *, repeated: bool) -> None:
        self._sent.inc(reminders)
        self._lag.observe(lag_seconds)
        if repeated:
            self._repeated.inc()

    def failed(self, outcome: str) -> None:
        self._failed.labels(outcome).inc()

    def waiting(self, people: int) -> None:
        self._waiting.set(people)
