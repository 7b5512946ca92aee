"""LocalStack's functions as processes of this machine, instead of containers."""

import os
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from fermata_emulators.sandbox import Function, Sandbox

# The folder for what the functions write, one file for each execution environment.
LOGS = "FERMATA_FUNCTION_LOGS"


class Plugin(RuntimeExecutorPlugin):
    """Chosen by `LAMBDA_RUNTIME_EXECUTOR=fermata`."""

    name = "fermata"

    def load(self, *_args, **_kwargs) -> type[RuntimeExecutor]:
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):
    """One execution environment of LocalStack."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._sandbox = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Prepares the environment. Its process starts with the first invocation, so that what goes wrong then is in
        the answer and the log of that invocation."""
        version = self.function_version
        function = Function(
            arn=version.id.qualified_arn(),
            code=_code(version),
            variables=_variables(env_vars),
            timeout_s=version.config.timeout,
            init_timeout_s=config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT,
        )
        logs = Path(os.environ[LOGS])
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sandbox = Sandbox(function, logs / f"{version.id.function_name}-{self.id}.log")

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        event, request_id = payload["payload"], payload["invoke-id"]
        event = event.encode() if isinstance(event, str) else event
        outcome = self._sandbox.invoke(request_id, event, payload["trace-id"])
        return InvocationResult(request_id, outcome.payload, is_error=outcome.is_error, logs=outcome.logs)

    def stop(self) -> None:
        if self._sandbox is not None:
            self._sandbox.stop()

    def get_logs(self) -> str:
        return self._sandbox.output() if self._sandbox is not None else ""

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Only the program in LocalStack's own containers asks for this; a sandbox has a Runtime API of its own."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()
        bootstrap = _code(function_version) / "bootstrap"
        if bootstrap.is_file():
            bootstrap.chmod(0o755)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack itself removes the unpacked code."""


def _variables(given: dict[str, str]) -> dict[str, str]:
    """LocalStack gives each function credentials of its own, but checks none; the guard knows those of the stack."""
    variables = {name: str(value) for name, value in given.items() if name != "AWS_SESSION_TOKEN"}
    return variables | {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}


def _code(version: FunctionVersion) -> Path:
    return Path(version.config.code.get_unzipped_code_location())
