"""Encrypted WeChat callbacks through the whole assistant on one core: rate, waiting times, the share of cryptography.

    python -m tests.benchmarks.wechat [SECONDS]

Everybody who writes is new. Those who ask, and WeChat's interfaces, have the other cores. The peer is a bare aiohttp
echo of the same bodies in the same process.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from itertools import count, cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection

import aiohttp
import psutil
import xmltodict
from aiohttp import web
from werobot.crypto import MessageCrypt

from bot.app import build_web, freeze_gc
from bot.channels.registry import build_channels
from bot.channels.tencent.signed_callbacks import Keys, Signed, parse_xml, text_of, to_xml
from bot.channels.webchat import WebChat
from bot.clock import system_clock
from bot.core import open_core
from bot.logs import configure_logs
from bot.settings import Settings
from tests.benchmarks.__main__ import questions, settled_by_words
from tests.support.fake_wechat import ACCOUNT, AES_KEY, APP_ID, TOKEN, as_xml, sha1

RATE = 200
"""Messages a second that are sent, whether or not the ones before have been answered."""
SECONDS = 20
WARM_UP_SECONDS = 4
ROUND = 1000
CORES = sorted(os.sched_getaffinity(0))
_ids = count(int(time.time() * 1000))
_crypt = MessageCrypt(TOKEN, AES_KEY, APP_ID)
Callback = tuple[dict[str, str], str]


async def echo(request: web.Request) -> web.Response:
    """The peer."""
    return web.Response(body=await request.read())


async def _serve(pipe: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keys = {"wechat_app_id": APP_ID, "wechat_token": TOKEN, "wechat_aes_key": AES_KEY, "wechat_secret": "secret"}
        base = {"database_url": f"sqlite:///{folder}/bench.db", "wechat_base_url": pipe.recv()}
        settings = Settings(_env_file=None, **base, **keys)
        async with open_core(settings, build=partial(build_channels, settings)) as core:
            app = build_web(core, settings, WebChat(), core.channels)
            app.router.add_post("/echo", echo)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            work = [asyncio.create_task(channel.run()) for channel in core.channels]
            freeze_gc()
            pipe.send(runner.addresses[0][1])
            await asyncio.to_thread(pipe.recv)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await runner.cleanup()


def serve(pipe: Connection) -> None:
    """The assistant, on one core from the start: libraries begin as many threads as they see cores."""
    os.sched_setaffinity(0, CORES[:1])
    configure_logs("ERROR", False)
    asyncio.run(_serve(pipe))


async def interfaces() -> web.AppRunner:
    """WeChat's interfaces, as far as answers need them: the rest of a long one is a message of its own."""

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token", "expires_in": 7200})

    async def send(_request: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    app = web.Application()
    app.add_routes([web.post("/cgi-bin/stable_token", token), web.post("/cgi-bin/message/custom/send", send)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


def callback(question: str) -> Callback:
    """Somebody new asks something, encrypted."""
    number = next(_ids)
    fields = {"ToUserName": ACCOUNT, "FromUserName": f"o{number}", "CreateTime": "1", "MsgType": "text"}
    xml = as_xml({**fields, "Content": question, "MsgId": str(number)})
    timestamp, nonce = str(int(system_clock().timestamp())), f"n{number}"
    sealed = xmltodict.parse(_crypt.encrypt_message(xml, timestamp, nonce))["xml"]
    query = {"timestamp": timestamp, "nonce": nonce, "signature": sha1(TOKEN, timestamp, nonce)}
    return query | {"msg_signature": sealed["MsgSignature"]}, f"<xml><Encrypt>{sealed['Encrypt']}</Encrypt></xml>"


async def _one(session: aiohttp.ClientSession, url: str, sent: Callback) -> float:
    began = time.perf_counter()
    async with session.post(url, params=sent[0], data=sent[1]) as response:
        body = await response.text()
        if response.status != 200 or (url.endswith("/wechat") and "<Encrypt>" not in body):
            raise RuntimeError(f"{response.status} {body[:80]}")
    return time.perf_counter() - began


async def at_rate(session: aiohttp.ClientSession, url: str, sent: Sequence[Callback]) -> list[float]:
    """Waiting times at the fixed rate, slow answers or not."""
    tasks, began = [], time.perf_counter()
    for number, one in enumerate(sent):
        await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(_one(session, url, one)))
    return list(await asyncio.gather(*tasks))


async def most(session: aiohttp.ClientSession, url: str, sent: Sequence[Callback], clients: int = 16) -> float:
    """Messages a second with so many clients that wait for each answer."""
    waiting = iter(sent)

    async def client() -> None:
        for one in waiting:
            await _one(session, url, one)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(sent) / (time.perf_counter() - began)


def cryptography_seconds(sent: Sequence[Callback]) -> float:
    """What checking, decrypting, parsing and encrypting takes for one message and its answer."""
    keys, now = Keys(TOKEN, APP_ID, AES_KEY), system_clock()
    answer = to_xml({"Content": "答" * 500, "ToUserName": "o", "FromUserName": ACCOUNT, "MsgType": "text"})
    began = time.perf_counter()
    for query, body in sent:
        encrypted = text_of(parse_xml(body), "Encrypt")
        keys.check(Signed.of(query, "msg_signature"), now, encrypted)
        parse_xml(keys.decrypt(encrypted))
        keys.encrypt(answer, now)
    return (time.perf_counter() - began) / len(sent)


async def _at_the_rate(session: aiohttp.ClientSession, url: str, process: psutil.Process, seconds: float) -> None:
    """Waiting times and the share of cryptography at the fixed rate."""
    endless = cycle(settled_by_words())
    await at_rate(session, url, [callback(next(endless)) for _ in range(RATE * WARM_UP_SECONDS)])
    sent = [callback(next(endless)) for _ in range(int(RATE * seconds))]
    before = process.cpu_times()
    times = sorted(await at_rate(session, url, sent))
    after = process.cpu_times()
    used = (after.user + after.system - before.user - before.system) / len(sent)
    share = cryptography_seconds(sent[:500]) / used
    p99, middle = times[int(len(times) * 0.99)] * 1000, statistics.median(times) * 1000
    print(f"每秒{RATE}条，字词即可判定的问题，{len(sent)}条全部作答；中位 {middle:.1f} ms，p99 {p99:.1f} ms")
    print(f"  每条用处理器 {used * 1000:.2f} ms，其中加解密和 XML 占 {share:.0%}", flush=True)


async def _at_most(session: aiohttp.ClientSession, base: str) -> None:
    """The highest rates, as a ratio to the bare echo of the same process."""
    asked = {"字词即可判定的问题": settled_by_words(), "全部问题（约一半要看语义）": questions()}
    rounds: dict[str, list[float]] = {name: [] for name in (*asked, "空回显")}
    for _ in range(3):
        for name, found in rounds.items():
            endless = cycle(asked.get(name, ["问"]))
            sent = [callback(next(endless)) for _ in range(ROUND)]
            found.append(await most(session, f"{base}/wechat" if name in asked else f"{base}/echo", sent))
    echoed = statistics.median(rounds["空回显"])
    for name in asked:
        rate = statistics.median(rounds[name])
        print(
            f"一个核上最多每秒 {rate:.0f} 条（{name}）；空回显每秒 {echoed:.0f} 条，比值 {rate / echoed:.1%}",
            flush=True,
        )


async def measure(pipe: Connection, pid: int, seconds: float) -> None:
    """Print the figures."""
    runner = await interfaces()
    pipe.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
    base = f"http://127.0.0.1:{await asyncio.to_thread(pipe.recv)}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _at_the_rate(session, f"{base}/wechat", psutil.Process(pid), seconds)
        await _at_most(session, base)
    await runner.cleanup()


def main() -> None:
    """Serve in one process on its own core, send from this one."""
    mine, theirs = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=serve, args=(theirs,))
    server.start()
    if CORES[1:]:
        os.sched_setaffinity(0, CORES[1:])
    try:
        asyncio.run(measure(mine, server.pid or 0, float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
        mine.send("stop")
    finally:
        server.join(20)
        server.kill()


if __name__ == "__main__":
    main()
