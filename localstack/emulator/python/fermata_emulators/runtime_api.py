"""The Lambda Runtime API for one process: it asks for the next invocation and answers it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
from dataclasses import dataclass

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from fermata_emulators.guard import is_from_browser

_VERSION = "/2018-06-01/runtime"
_ROUTES = Map(
    [
        Rule(f"{_VERSION}/invocation/next", methods=["GET"], endpoint="next"),
        Rule(f"{_VERSION}/invocation/<request_id>/response", methods=["POST"], endpoint="response"),
        Rule(f"{_VERSION}/invocation/<request_id>/error", methods=["POST"], endpoint="error"),
        Rule(f"{_VERSION}/init/error", methods=["POST"], endpoint="init_error"),
    ]
)


@dataclass(frozen=True)
class Invocation:
    """What the process is to do."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str


@dataclass(frozen=True)
class Ready:
    """The process has asked for its first invocation."""


@dataclass(frozen=True)
class Answered:
    """The process has answered an invocation, with a result or with an error of its own."""

    request_id: str
    payload: bytes
    is_error: bool


@dataclass(frozen=True)
class InitFailed:
    """The process could not get ready, and says why."""

    payload: bytes


class RuntimeApi:
    """Serves one process on a free port of 127.0.0.1, and reports to `events` what the process says."""

    def __init__(self, events: queue.Queue):
        self._events = events
        self._invocations = queue.Queue()
        self._is_ready = False
        self._current = None
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """The value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def give(self, invocation: Invocation) -> None:
        """Hands an invocation to the process as soon as it asks for one."""
        self._current = invocation.request_id
        self._invocations.put(invocation)

    def close(self) -> None:
        """Ends the server; a process that still waits gets an error."""
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, environ, start_response):
        request = Request(environ)
        try:
            if request.host != self.address or is_from_browser(request.headers.items()):
                raise NotFound
            endpoint, arguments = _ROUTES.bind_to_environ(environ).match()
            response = getattr(self, f"_{endpoint}")(request, **arguments)
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    def _next(self, _request) -> Response:
        if not self._is_ready:
            self._is_ready = True
            self._events.put(Ready())
        invocation = self._invocations.get()
        if invocation is None:
            return Response(status=503)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        return Response(invocation.payload, headers=headers, content_type="application/json")

    def _response(self, request, request_id) -> Response:
        return self._answer(request, request_id, is_error=False)

    def _error(self, request, request_id) -> Response:
        return self._answer(request, request_id, is_error=True)

    def _answer(self, request, request_id, is_error) -> Response:
        if request_id != self._current:
            # An answer to what was given up already, or to nothing at all.
            return _status(403, "InvalidRequestID")
        self._current = None
        self._events.put(Answered(request_id, request.get_data(), is_error))
        return _status(202, "OK")

    def _init_error(self, request) -> Response:
        self._events.put(InitFailed(request.get_data()))
        return _status(202, "OK")


def _status(code: int, status: str) -> Response:
    return Response(f'{{"status":"{status}"}}', status=code, content_type="application/json")


class _Handler(WSGIRequestHandler):
    # Headers and body are two writes, and the second must not wait until the first is acknowledged.
    disable_nagle_algorithm = True

    def log(self, *_args, **_kwargs):
        """Says nothing: the log of LocalStack is no place for every request of every function."""
