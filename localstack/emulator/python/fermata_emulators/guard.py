"""Who may talk to an emulator: programs of its owner, and nobody else.

An emulator runs as its owner, holds the Spotify credentials, and runs any program that it is given. So it must serve neither
web pages, whose requests a browser sends to this machine too, nor other users of the machine. The guard refuses requests

- that a browser has sent for a web page;
- for another host, such as those of a page whose name server answers with 127.0.0.1;
- that are not signed (AWS Signature Version 4) with the secret that was made for this emulator.
"""

import hmac
import json
import os
import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

# Where the command puts the secret; and what may be asked without it: whether the emulator is up.
SECRET = "AWS_SECRET_ACCESS_KEY"
HEALTH = ("/_ministack/health", "/_localstack/health")

_ERROR = "InvalidSignatureException"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request,"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Received:
    """A request as it came. Names of headers are in lower case; the target is path and query, as they were sent."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The one value of a header; empty when it is missing or there are several."""
        values = [value for key, value in self.headers if key == name]
        return values[0] if len(values) == 1 else ""


class Guard:
    """Knows the addresses and the secret of one emulator."""

    def __init__(self, port: int, secret: str):
        if not secret:
            raise ValueError(f"{SECRET} is not set")
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._secret = secret

    @classmethod
    def from_environment(cls, port: int) -> "Guard":
        return cls(port, os.environ.get(SECRET, ""))

    def refusal(self, request: Received) -> "Refusal | None":
        """What a request that is refused is answered with; `None` when it is not refused."""
        reason = self.reason(request)
        return None if reason is None else Refusal.of(request, reason)

    def reason(self, request: Received) -> str | None:
        """Why a request is refused; `None` when it is not."""
        if is_from_browser(request.headers):
            return "requests of web pages are refused"
        if request.header("host") not in self._hosts:
            return "this host is not served"
        if request.method == "GET" and request.target in HEALTH:
            return None
        if not self._is_signed(request):
            return "the request is not signed with the credentials of this stack; `cargo local env` prints them"
        return None

    def _is_signed(self, request: Received) -> bool:
        given = _AUTHORIZATION.fullmatch(request.header("authorization"))
        if given is None:
            return False
        names = given["headers"].split(";")
        date = request.header("x-amz-date")
        if "host" not in names or "x-amz-date" not in names or not date.startswith(given["date"]):
            return False
        signer = _signer(given, self._secret)
        expected = _Signed(request, names, date).signature(signer)
        return hmac.compare_digest(expected, given["signature"])


@dataclass(frozen=True)
class Refusal:
    """An answer that AWS's own tools show as an error of AWS."""

    headers: dict[str, str]
    body: bytes
    status: int = 403

    @classmethod
    def of(cls, request: Received, reason: str) -> "Refusal":
        """Services answer in the format of the request: JSON, or else XML."""
        if "json" in request.header("content-type"):
            kind, body = "application/json", json.dumps({"__type": _ERROR, "message": reason})
        else:
            error = f"<Error><Type>Sender</Type><Code>{_ERROR}</Code><Message>{escape(reason)}</Message></Error>"
            kind, body = "text/xml", f"<ErrorResponse>{error}</ErrorResponse>"
        headers = {"content-type": kind, "x-amzn-errortype": _ERROR, "connection": "close"}
        return cls(headers, body.encode())


def is_from_browser(headers) -> bool:
    """Whether a web page has made a request: a program does not say where its requests come from."""
    return any(name.lower() == "origin" or name.lower().startswith("sec-fetch-") for name, _ in headers)


def _signer(given: re.Match, secret: str) -> SigV4Auth:
    # S3 alone signs the path as it is sent.
    kind = S3SigV4Auth if given["service"] == "s3" else SigV4Auth
    return kind(Credentials(given["key"], secret), given["service"], given["region"])


class _Signed:
    """The part of a request that its signature covers, as botocore's signer takes it."""

    def __init__(self, request: Received, names: list[str], date: str):
        # Clients may sign any headers, botocore only chooses some: it gets those that were signed and no
        # others.
        self._headers = HTTPHeaders()
        for name, value in request.headers:
            if name in names:
                self._headers[name] = value
        self._request = AWSRequest(request.method, f"http://guard{request.target}", data=request.body)
        self._request.context["timestamp"] = date
        digest = request.header("x-amz-content-sha256")
        if digest:
            self._request.headers["X-Amz-Content-SHA256"] = digest

    def signature(self, signer: SigV4Auth) -> str:
        signer.headers_to_sign = lambda _request: self._headers
        canonical = signer.canonical_request(self._request)
        return signer.signature(signer.string_to_sign(self._request, canonical), self._request)
