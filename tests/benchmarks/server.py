"""The measured server: the assistant and its peer in one process."""

from __future__ import annotations

import asyncio
import tempfile
from multiprocessing.connection import Connection

from aiohttp import web

from bot.app import build_web
from bot.channels.webchat import WebChat
from bot.core import open_core
from bot.logs import configure_logs
from bot.settings import Settings


async def echo(request: web.Request) -> web.Response:
    """The peer: parse the JSON body and send it back."""
    return web.json_response(await request.json())


async def _serve(app: web.Application, pipe: Connection) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.to_thread(pipe.recv)
    await runner.cleanup()


async def _serve_both(pipe: Connection) -> None:
    """Echo and assistant in one process on one loop, so that they share the machine's mood."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, database_url=f"sqlite:///{folder}/bench.db")
        async with open_core(settings) as core:
            app = build_web(core, settings, WebChat(), [])
            app.router.add_post("/echo", echo)
            await _serve(app, pipe)


def run_server(pipe: Connection) -> None:
    configure_logs("WARNING", False)
    asyncio.run(_serve_both(pipe))
