"""Runs MiniStack: `python -m fermata_emulators.ministack FOLDER [--follow-parent]`.

The folder is on the command line only so that the process can be recognised. What MiniStack is to be comes from the
environment, which `localstack/emulator/src/ministack.rs` sets.
"""

import os
import sys

from fermata_emulators.guard import Guard, Received, Refusal
from fermata_emulators.lifetime import follow_parent_if_asked
from fermata_emulators.queries import speed_up


def guarded(app, guard: Guard):
    """An ASGI application that only serves what the guard lets pass."""

    async def serve(scope, receive, send):
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        if scope["type"] != "http":
            # Nothing here speaks WebSocket, and a page may open one to any address.
            return await send({"type": "websocket.close"})
        messages = await _messages(receive)
        refusal = guard.refusal(_received(scope, messages))
        if refusal is not None:
            return await _refuse(send, refusal)
        remaining = iter(messages)

        async def replay():
            return next(remaining, None) or await receive()

        return await app(scope, replay, send)

    return serve


async def _messages(receive) -> list[dict]:
    """The whole body, in the messages that it came in."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _received(scope, messages) -> Received:
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    body = b"".join(message.get("body", b"") for message in messages)
    return Received(scope["method"], target, headers, body)


async def _refuse(send, refusal: Refusal) -> None:
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})


def main() -> None:
    follow_parent_if_asked()
    from ministack import app
    from ministack.services import dynamodb

    speed_up(dynamodb)
    app.app = guarded(app.app, Guard.from_environment(int(os.environ["GATEWAY_PORT"])))
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
