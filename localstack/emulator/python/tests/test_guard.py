"""The guard lets pass what a stack's own programs send, and nothing else."""

import unittest

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import JSONParser, QueryParser

from fermata_emulators.guard import Guard, Received

_PORT, _SECRET = 4566, "secret of this stack"


def received(request: AWSRequest, **changed) -> Received:
    """What a server gets of a signed request, with headers changed; `None` leaves one out."""
    prepared = request.prepare()
    headers = {name.lower(): value for name, value in prepared.headers.items()}
    headers |= {name.lower().replace("_", "-"): value for name, value in changed.items()}
    target = prepared.url.removeprefix(f"http://127.0.0.1:{_PORT}")
    headers = [(name, value) for name, value in headers.items() if value is not None]
    return Received(prepared.method, target, headers, prepared.body or b"")


def signed(secret=_SECRET, service="dynamodb", method="POST", target="/", data=b"{}", **headers) -> AWSRequest:
    headers = {"Host": f"127.0.0.1:{_PORT}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, f"http://127.0.0.1:{_PORT}{target}", headers, data)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(Credentials("test", secret), service, "us-east-1").add_auth(request)
    return request


class GuardTest(unittest.TestCase):
    def setUp(self):
        self.guard = Guard(_PORT, _SECRET)

    def assert_refused(self, request, part):
        self.assertIn(part, self.guard.reason(request) or "served")

    def test_signed_requests_of_every_kind_pass(self):
        for request in [
            signed(),
            signed(X_Amz_Target="DynamoDB_20120810.GetItem"),
            signed(service="lambda", target="/2015-03-31/functions/arn%3Aaws%3Alambda/invocations"),
            signed(service="s3", method="PUT", target="/bucket/a%20key", data=b"\x00zip"),
            signed(service="execute-api", method="GET", target="/_aws/execute-api/1a2b/v1/runs?b=2&a=1", data=b""),
            signed(Host=f"localhost:{_PORT}"),
        ]:
            self.assertIsNone(self.guard.reason(received(request)), request.url)

    def test_a_header_that_was_signed_beside_is_no_obstacle(self):
        # botocore would leave it out; other clients sign it.
        class SignsAll(SigV4Auth):
            def headers_to_sign(self, request):
                headers = super().headers_to_sign(request)
                headers["user-agent"] = request.headers["User-Agent"]
                return headers

        request = AWSRequest("POST", f"http://127.0.0.1:{_PORT}/", {"Host": f"127.0.0.1:{_PORT}", "User-Agent": "a"}, b"")
        SignsAll(Credentials("test", _SECRET), "sqs", "us-east-1").add_auth(request)
        self.assertIsNone(self.guard.reason(received(request)))

    def test_nothing_passes_that_a_web_page_sends_not_even_signed(self):
        for mark in [{"Origin": "null"}, {"Origin": "http://127.0.0.1:4566"}, {"Sec_Fetch_Site": "none"}]:
            self.assert_refused(received(signed(), **mark), "web pages")

    def test_another_host_is_refused(self):
        for host in ["example.com", f"example.com:{_PORT}", "127.0.0.1", "127.0.0.1:80", None]:
            self.assert_refused(received(signed(), Host=host), "host")

    def test_a_missing_foreign_or_broken_signature_is_refused(self):
        authorization = received(signed()).header("authorization")
        for request in [
            received(signed(), Authorization=None),
            received(signed(), Authorization="Bearer test"),
            received(signed(), Authorization=authorization[:-64] + "0" * 64),
            received(signed(), Authorization=authorization.replace("host;", "")),
            received(signed(secret="test")),
            received(signed(), X_Amz_Date="20200101T000000Z"),
        ]:
            self.assert_refused(request, "not signed")

    def test_a_signature_is_worth_nothing_for_another_request(self):
        request = received(signed())
        for changed in [
            Received("PUT", request.target, request.headers, request.body),
            Received(request.method, "/other", request.headers, request.body),
            Received(request.method, "/?a=1", request.headers, request.body),
            Received(request.method, request.target, request.headers, b'{"other":1}'),
        ]:
            self.assert_refused(changed, "not signed")

    def test_only_whether_it_is_up_may_be_asked_without_a_signature(self):
        host = [("host", f"127.0.0.1:{_PORT}")]
        self.assertIsNone(self.guard.reason(Received("GET", "/_ministack/health", host, b"")))
        for method, target in [("POST", "/_ministack/health"), ("GET", "/_ministack/ready"), ("OPTIONS", "/")]:
            self.assert_refused(Received(method, target, host, b""), "not signed")
        self.assert_refused(Received("GET", "/_ministack/health", [*host, ("origin", "null")], b""), "web pages")

    def test_a_refusal_reads_as_an_error_of_the_service_that_was_asked(self):
        host = ("host", f"127.0.0.1:{_PORT}")
        for kind, parser in [("application/x-amz-json-1.1", JSONParser()), ("text/plain", QueryParser())]:
            refusal = self.guard.refusal(Received("POST", "/", [host, ("content-type", kind)], b"{}"))
            answer = {"status_code": refusal.status, "headers": refusal.headers, "body": refusal.body}
            error = parser.parse(answer, None)["Error"]
            self.assertEqual(error["Code"], "InvalidSignatureException")
            self.assertIn("`cargo local env` prints them", error["Message"])
        self.assertIsNone(self.guard.refusal(received(signed())))

    def test_a_guard_without_a_secret_is_none(self):
        self.assertRaises(ValueError, Guard, _PORT, "")


if __name__ == "__main__":
    unittest.main()
