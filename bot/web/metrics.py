"""Counters of the web application in a registry of their own (Prometheus text format)."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("yanxiu_http_requests", "HTTP requests.", ["route", "status"], registry=self.registry)
        self._latency = Histogram(
            "yanxiu_answer_seconds",
            "Time from a message to its replies.",
            ["channel"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter("yanxiu_answers", "Replies by status.", ["channel", "status"], registry=self.registry)
        self._sockets = Gauge("yanxiu_websockets", "Open chat sockets.", registry=self.registry)
        self._request_children: dict[tuple[str, int], Counter] = {}

    def count_request(self, route: str, status: int) -> None:
        """Count a finished HTTP request under its route pattern, never its raw path."""
        child = self._request_children.get((route, status))
        if child is None:
            child = self._requests.labels(route, str(status))
            self._request_children[route, status] = child
        child.inc()

    def answered(self, channel: str, status: str, seconds: float) -> None:
        self._latency.labels(channel).observe(seconds)
        self._answers.labels(channel, status).inc()

    def watch_sockets(self, count: Callable[[], int]) -> None:
        self._sockets.set_function(count)

    def render(self) -> bytes:
        return generate_latest(self.registry)
