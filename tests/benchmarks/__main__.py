"""`make bench`: answers in process, POST /api/ask against a bare aiohttp echo, reminders, ablation, scale.

Nothing here passes or fails: the figures are printed for whoever decides.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from itertools import count, cycle, islice
from multiprocessing import get_context

import aiohttp

from bot.core import load_engine
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from tests.benchmarks import ablation, reminders, scale
from tests.benchmarks.server import run_server
from tests.support.paths import EVAL

REQUESTS = 3000
DISTINCT = 600
CLIENTS = 32
ROUNDS = 3
AS_OF = date(2025, 4, 15)


def questions() -> list[str]:
    """The kept questions, conversations aside."""
    lines = [line for path in sorted(EVAL.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [case["q"] for case in map(json.loads, lines) if not case.get("history")]


def settled_by_words() -> list[str]:
    """Those that the words alone settle."""
    engine = load_engine(load_knowledge())
    return [question for question in questions() if engine.at_once(question, AS_OF)]


def in_process() -> None:
    """Milliseconds of one answer to each distinct question, by words and with the model."""
    knowledge = load_knowledge()
    engines = {"只按字词": Engine(knowledge), "字词＋语义": load_engine(knowledge)}
    texts = settled_by_words()
    for name, engine in engines.items():
        _print_times(f"{name}，全部问题", engine, questions())
        _print_times(f"{name}，字词即可判定的问题", engine, texts)
    print(f"字词即可判定：{len(texts) / len(questions()):.0%}", flush=True)


def _print_times(name: str, engine: Engine, texts: Sequence[str]) -> None:
    times = []
    for number, question in enumerate(texts):
        started = time.perf_counter()
        engine.answer(f"{question} {'啊' * (number % 3)}", AS_OF)
        times.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(times, n=100)
    figures = f"中位 {cuts[49]:.2f} ms，p99 {cuts[98]:.2f} ms，最长 {max(times):.2f} ms"
    print(f"回答一次（进程内，{name}，{len(times)} 个）：{figures}", flush=True)


async def rate(url: str, bodies: Sequence[bytes]) -> float:
    """Requests a second with CLIENTS at once."""
    queue = iter(bodies)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CLIENTS)) as session:

        async def client() -> None:
            for body in queue:
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                    await response.read()
                    response.raise_for_status()

        started = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return len(bodies) / (time.perf_counter() - started)


def _bodies(texts: Sequence[str], number: int) -> list[bytes]:
    return [json.dumps({"q": text}, ensure_ascii=False).encode() for text in islice(cycle(texts), number)]


async def over_http(port: int) -> None:
    """Ratios to the echo, medians of interleaved rounds."""
    base = f"http://127.0.0.1:{port}"
    by_words = settled_by_words()
    endless = (f"{q}{'。' * (n % 7)}{'!' * (n // 7)}" for n in count() for q in by_words)
    anything = (f"{q}{'。' * (n % 7)}{'!' * (n // 7)}" for n in count() for q in questions())
    loads: dict[str, Callable[[], Awaitable[float]]] = {
        "echo": lambda: rate(f"{base}/echo", _bodies(questions(), REQUESTS)),
        "不同问题，字词即可判定": lambda: rate(f"{base}/api/ask", _bodies(list(islice(endless, DISTINCT)), DISTINCT)),
        "不同问题，不论": lambda: rate(f"{base}/api/ask", _bodies(list(islice(anything, DISTINCT)), DISTINCT)),
        "重复问题": lambda: rate(f"{base}/api/ask", _bodies(questions()[:20], REQUESTS)),
    }
    results: dict[str, list[float]] = {name: [] for name in loads}
    for _ in range(ROUNDS):
        for name, load in loads.items():
            results[name].append(await load())
    peer = statistics.median(results["echo"])
    print(f"aiohttp echo：{peer:.0f} 次/秒")
    for name in list(loads)[1:]:
        median = statistics.median(results[name])
        print(f"POST /api/ask（{name}，写入日志）：{median:.0f} 次/秒，为 echo 的 {median / peer:.0%}")


def main() -> None:
    """Run every benchmark; reminders, ablation and scale take minutes."""
    in_process()
    here, there = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=run_server, args=(there,), daemon=True)
    server.start()
    there.close()
    try:
        asyncio.run(over_http(here.recv()))
    finally:
        here.send("stop")
        server.join(10)
    reminders.main()
    ablation.main()
    scale.main()


if __name__ == "__main__":
    main()
