"""The network between senders and providers: passes bytes on, and now and then cuts a line or swallows an answer."""

import asyncio
import random
from collections.abc import Callable

CUT, SWALLOWED = 0.01, 0.003  # of the pieces of answers that come back


def serve(seed: int, ports: dict[int, int]) -> None:
    """Pass on from each port to its provider's, until killed: then every line is cut at once."""
    asyncio.run(_serve(random.Random(seed), ports))


async def _serve(dice: random.Random, ports: dict[int, int]) -> None:
    for ours, theirs in ports.items():
        await asyncio.start_server(_line(dice, theirs), "127.0.0.1", ours)
    await asyncio.Event().wait()


def _line(dice: random.Random, theirs: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, out = await asyncio.open_connection("127.0.0.1", theirs)
        except OSError:
            return writer.transport.abort()  # the provider is down
        try:
            await asyncio.gather(_pass(reader, out), _answers(back, writer, dice))
        except (OSError, asyncio.IncompleteReadError, _CutError):
            pass
        finally:
            writer.transport.abort()
            out.transport.abort()
        return None

    return between


class _CutError(Exception):
    """A line was cut."""


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while some := await source.read(65536):
        target.write(some)
        await target.drain()
    raise _CutError


async def _answers(source: asyncio.StreamReader, target: asyncio.StreamWriter, dice: random.Random) -> None:
    while some := await source.read(65536):
        luck = dice.random()
        if luck < CUT:
            raise _CutError
        if luck < CUT + SWALLOWED:
            continue
        target.write(some)
        await target.drain()
    raise _CutError
