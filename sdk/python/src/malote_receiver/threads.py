"""Running users' code: in daemon threads, and waiting for coroutines from them."""
import asyncio
import concurrent.futures
import contextvars
import inspect
import threading
from typing import Any, Callable, Optional, Tuple

Loop = Optional[asyncio.AbstractEventLoop]


def spawn(function: Callable[..., Any], *arguments: Any) -> "concurrent.futures.Future[Any]":
    """Runs it in a thread of its own, with a copy of the caller's context variables.

    Daemon threads on purpose: a handler that never ends must not keep the program from ending,
    as the threads of an executor would.
    """
    future: "concurrent.futures.Future[Any]" = concurrent.futures.Future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            result = context.run(function, *arguments)
        except BaseException as error:  # the one who waits decides what it means
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=work, name="malote-receiver", daemon=True).start()
    return future


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Like spawn, awaited. When the caller is cancelled the function still runs to its end."""
    future = spawn(function, *arguments)
    await settled(future)
    return future.result()


async def settled(future: "concurrent.futures.Future[Any]") -> None:
    """Returns when a spawned function has ended. Unlike asyncio.wrap_future it leaves the future
    alone when the waiting is cancelled, and a loop that has ended since does not matter."""
    loop = asyncio.get_running_loop()
    waiter: "asyncio.Future[None]" = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def wake_from_thread(_: Any) -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    future.add_done_callback(wake_from_thread)
    await waiter


def finish(value: Any, loop: Loop) -> Any:
    """Waits if `value` is awaitable: on `loop` if there is one, otherwise on a loop of its own.

    Must not be called in the thread that runs `loop`.
    """
    if not inspect.isawaitable(value):
        return value
    if loop is None:
        result, error = asyncio.run(_awaited(value))
    else:
        result, error = asyncio.run_coroutine_threadsafe(_awaited(value), loop).result()
    if error is not None:
        raise error
    return result


async def _awaited(value: Any) -> Tuple[Any, Optional[BaseException]]:
    try:
        return await value, None
    except (SystemExit, KeyboardInterrupt) as error:
        return None, error  # raised from a task, these would end the server's loop


def contain(error: BaseException) -> None:
    """Call it where users' code is caught: only Ctrl-C of the main thread goes on its way."""
    if (isinstance(error, KeyboardInterrupt)
            and threading.current_thread() is threading.main_thread()):
        raise error
