"""A function's execution environment: its `bootstrap` as a process of this machine."""

import errno
import json
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from fermata_emulators.runtime_api import Answered, InitFailed, Invocation, Ready, RuntimeApi

# What a function may see of this machine. Nothing else of the emulator's environment reaches it, no
# credentials in particular. The last ones are for asking the real Spotify from behind a proxy.
_INHERITED = ("LANG", "LD_LIBRARY_PATH", "PATH", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Function:
    """What runs, and within which limits."""

    arn: str
    code: Path
    variables: dict[str, str]
    timeout_s: float
    init_timeout_s: float


@dataclass(frozen=True)
class Outcome:
    """What came of an invocation. `payload` is the answer, or a JSON object with `errorType` and `errorMessage`."""

    payload: bytes
    is_error: bool
    logs: str


class Sandbox:
    """Runs one invocation at a time, in a process that is started when it is missing and stays for the next one.

    A process that exits or is killed fails the invocation it was working on, as on Lambda; the next invocation starts
    another. One that takes too long is killed.
    """

    def __init__(self, function: Function, log: Path):
        self._function = function
        self._log = log
        self._log_read = 0
        self._life = None
        self._lives = 0
        self._stopped = False
        self._lock = threading.Lock()

    def invoke(self, request_id: str, payload: bytes, trace_id: str) -> Outcome:
        """Has the function work on an event. The log has the lines that Lambda puts around what the function writes."""
        begin, lives = time.monotonic(), self._lives
        failure = None
        try:
            answer = self._running().work(self._invocation(request_id, payload, trace_id))
            payload, is_error = answer.payload, answer.is_error
        except _Failed as failed:
            self._end_life()
            payload, is_error, failure = failed.payload(request_id), True, f"RequestId: {request_id} Error: {failed}"
        report = f"REPORT RequestId: {request_id}\tDuration: {(time.monotonic() - begin) * 1000:.2f} ms"
        lines = ["INIT_START Runtime Version: provided:al2023"] if self._lives > lives else []
        lines += [f"START RequestId: {request_id} Version: $LATEST", *self._written()]
        lines += [line for line in (failure, f"END RequestId: {request_id}", report) if line]
        return Outcome(payload, is_error, "\n".join(lines) + "\n")

    def stop(self) -> None:
        """Kills the process for good. An invocation that it works on fails."""
        with self._lock:
            self._stopped = True
        self._end_life()

    def output(self) -> str:
        """Everything that was written to standard output and standard error."""
        try:
            return self._log.read_text(errors="replace")
        except OSError:
            return ""

    def _invocation(self, request_id, payload, trace_id) -> Invocation:
        function = self._function
        deadline_ms = int((time.time() + function.timeout_s) * 1000)
        return Invocation(request_id, payload, deadline_ms, function.arn, trace_id)

    def _running(self) -> "_Life":
        with self._lock:
            if self._stopped:
                raise _Failed("Runtime.ExitError", "the execution environment is shut down")
            if self._life is not None and self._life.has_ended():
                self._life.end()
                self._life = None
            is_new = self._life is None
            if is_new:
                self._lives += 1
                self._life = _Life(self._function, self._log)
            life = self._life
        if is_new:
            life.get_ready()
        return life

    def _end_life(self) -> None:
        with self._lock:
            life, self._life = self._life, None
        if life is not None:
            life.end()

    def _written(self) -> list[str]:
        """The lines that the process has written since the last invocation."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_read)
                written = log.read()
        except OSError:
            return []
        self._log_read += len(written)
        return [line for line in written.decode(errors="replace").split("\n") if line]


class _Failed(Exception):
    """An invocation without an answer of the function's own."""

    def __init__(self, error_type: str, message: str, own: bytes | None = None):
        super().__init__(message)
        self._error_type = error_type
        self._own = own

    def payload(self, request_id: str) -> bytes:
        if self._own is not None:
            return self._own
        message = f"RequestId: {request_id} Error: {self}"
        return json.dumps({"errorType": self._error_type, "errorMessage": message}).encode()


@dataclass(frozen=True)
class _Exited:
    """The process is gone."""

    code: int


class _Life:
    """One process from its start to its end, with a Runtime API of its own: nothing late of one disturbs the next."""

    def __init__(self, function: Function, log: Path):
        self._function = function
        self._events = queue.Queue()
        self._api = RuntimeApi(self._events)
        try:
            self._process = _spawn(function, log, self._api.address)
        except OSError as error:
            self._api.close()
            raise _Failed("Runtime.InvalidEntrypoint", f"Couldn't start the bootstrap: {error}") from error
        threading.Thread(target=self._watch, name="function-exit", daemon=True).start()

    def get_ready(self) -> None:
        """Waits until the process asks for work."""
        self._wait_for(Ready, self._function.init_timeout_s, "Init timed out")

    def work(self, invocation: Invocation) -> Answered:
        """Hands over an event and waits for the answer."""
        self._api.give(invocation)
        return self._wait_for(Answered, self._function.timeout_s, "Task timed out")

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def end(self) -> None:
        """Kills the process. Whatever it has started stays in the emulator's process group and ends with that."""
        self._process.kill()
        self._process.wait()
        self._api.close()

    def _watch(self) -> None:
        self._events.put(_Exited(self._process.wait()))

    def _wait_for(self, wanted: type, timeout_s: float, what: str):
        try:
            event = self._events.get(timeout=timeout_s)
        except queue.Empty:
            raise _Failed("Sandbox.Timedout", f"{what} after {timeout_s:.2f} seconds") from None
        if isinstance(event, _Exited):
            raise _Failed("Runtime.ExitError", f"Runtime exited with error: {_reason(event.code)}")
        if isinstance(event, InitFailed):
            raise _Failed("Runtime.InitError", "the function could not start", own=event.payload)
        assert isinstance(event, wanted), event
        return event


def _spawn(function: Function, log: Path, runtime_api: str) -> subprocess.Popen:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= function.variables
    environment |= {"AWS_LAMBDA_RUNTIME_API": runtime_api, "LAMBDA_TASK_ROOT": str(function.code)}
    attempts = 20
    while True:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            return subprocess.Popen(
                [function.code / "bootstrap"],
                cwd=function.code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
            )
        except OSError as error:
            # Another thread has forked while this program was being unpacked, and for a moment its child
            # holds the file open for writing.
            attempts -= 1
            if error.errno != errno.ETXTBSY or attempts == 0:
                raise
            time.sleep(0.05)
        finally:
            os.close(descriptor)


def _reason(code: int) -> str:
    return f"signal: {-code}" if code < 0 else f"exit status {code}"
