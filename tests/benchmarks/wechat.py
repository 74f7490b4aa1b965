"""Encrypted WeChat callbacks through the whole assistant on one core: rate, waiting times, the share of cryptography.

    python -m tests.benchmarks.wechat [SECONDS]

The peer is a bare aiohttp echo of the same bodies in the same process.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count, cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection

import aiohttp
import psutil
import xmltodict
from aiohttp import web
from werobot.crypto import MessageCrypt

from bot.app import build_channels, build_web
from bot.channels.callbacks import Keys, Signed, parse_xml, text_of, to_xml
from bot.channels.webchat import WebChat
from bot.clock import system_clock
from bot.core import open_core
from bot.logs import configure_logs
from bot.settings import Settings
from tests.benchmarks.__main__ import questions, settled_by_words
from tests.bot.fake_wechat import ACCOUNT, AES_KEY, APP_ID, TOKEN, as_xml, sha1

RATE = 200
"""Messages a second that are sent, whether or not the ones before have been answered."""
SECONDS = 20
ROUND = 3000
_ids = count(int(time.time() * 1000))
_crypt = MessageCrypt(TOKEN, AES_KEY, APP_ID)
Callback = tuple[dict[str, str], str]


async def echo(request: web.Request) -> web.Response:
    """The peer."""
    return web.Response(body=await request.read())


async def _serve(pipe: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        keys = {"wechat_app_id": APP_ID, "wechat_token": TOKEN, "wechat_aes_key": AES_KEY}
        settings = Settings(_env_file=None, database_url=f"sqlite:///{folder}/bench.db", **keys)
        async with open_core(settings) as core:
            await core.sharpened
            channels = build_channels(core, settings)
            app = build_web(core, settings, WebChat(), channels)
            app.router.add_post("/echo", echo)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            work = [asyncio.create_task(channel.run()) for channel in channels]
            pipe.send(runner.addresses[0][1])
            await asyncio.to_thread(pipe.recv)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await runner.cleanup()


def serve(pipe: Connection) -> None:
    """The assistant, on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    configure_logs("ERROR", False)
    asyncio.run(_serve(pipe))


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


async def measure(port: int, pid: int, seconds: float) -> None:
    """Print the figures."""
    url, process = f"http://127.0.0.1:{port}", psutil.Process(pid)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        for name, asked in (("字词即可判定的问题", settled_by_words()), ("全部问题（约一半要看语义）", questions())):
            endless = cycle(asked)
            sent = [callback(next(endless)) for _ in range(int(RATE * seconds))]
            before = process.cpu_times()
            times = sorted(await at_rate(session, f"{url}/wechat", sent))
            after = process.cpu_times()
            used = (after.user + after.system - before.user - before.system) / len(sent)
            share = cryptography_seconds(sent[:500]) / used
            p99 = times[int(len(times) * 0.99)] * 1000
            middle = statistics.median(times) * 1000
            print(f"{name}：每秒{RATE}条，{len(sent)}条全部作答；中位 {middle:.1f} ms，p99 {p99:.1f} ms")
            print(f"  每条用处理器 {used * 1000:.2f} ms，其中加解密和 XML 占 {share:.0%}", flush=True)
        endless = cycle(settled_by_words())
        rounds: dict[str, list[float]] = {"wechat": [], "echo": []}
        for _ in range(3):
            for path in rounds:
                sent = [callback(next(endless)) for _ in range(ROUND)]
                rounds[path].append(await most(session, f"{url}/{path}", sent))
        whole, bare = (statistics.median(rounds[path]) for path in ("wechat", "echo"))
        print(f"一个核上最多每秒{whole:.0f}条；同一进程的空回显每秒{bare:.0f}条，比值 {whole / bare:.1%}", flush=True)


def main() -> None:
    """Serve in one process on its own core, send from this one."""
    mine, theirs = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=serve, args=(theirs,))
    server.start()
    try:
        port = mine.recv()
        asyncio.run(measure(port, server.pid or 0, float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
        mine.send("stop")
    finally:
        server.join(20)
        server.kill()


if __name__ == "__main__":
    main()
