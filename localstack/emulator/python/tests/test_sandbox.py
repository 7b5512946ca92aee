"""A sandbox runs a function as Lambda would, whatever the function does."""

import json
import os
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from fermata_emulators.sandbox import Function, Sandbox

# A function that does what the event says.
_BOOTSTRAP = '''#!{python}
import json, os, sys, time, urllib.error, urllib.request

BASE = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"

def post(path, value):
    request = urllib.request.Request(BASE + path, json.dumps(value).encode(), method="POST")
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code

print("starting")
sys.stdout.flush()
if os.environ.get("INIT") == "exit":
    sys.exit(3)
if os.environ.get("INIT") == "error":
    post("/init/error", {{"errorType": "Own", "errorMessage": "no table"}})
    sys.exit(1)
if os.environ.get("INIT") == "sleep":
    time.sleep(60)
while True:
    with urllib.request.urlopen(BASE + "/invocation/next") as answer:
        event, request_id = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    print("working on", event)
    sys.stdout.flush()
    if event == "exit":
        os._exit(7)
    if event == "sleep":
        time.sleep(60)
    if event == "error":
        post("/invocation/" + request_id + "/error", {{"errorType": "Own", "errorMessage": "no"}})
        continue
    if event == "late":
        late = post("/invocation/another/response", "late")
    else:
        late = None
    result = {{"event": event, "pid": os.getpid(), "environment": dict(os.environ), "late": late}}
    post("/invocation/" + request_id + "/response", result)
'''


class SandboxTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        bootstrap = self.folder / "bootstrap"
        bootstrap.write_text(_BOOTSTRAP.format(python=sys.executable))
        bootstrap.chmod(0o755)

    def sandbox(self, timeout_s=30, init_timeout_s=30, **variables):
        function = Function("arn:aws:lambda:f", self.folder, variables, timeout_s, init_timeout_s)
        sandbox = Sandbox(function, self.folder / "function.log")
        self.addCleanup(sandbox.stop)
        return sandbox

    def invoke(self, sandbox, event):
        outcome = sandbox.invoke("request-1", json.dumps(event).encode(), "Root=1")
        return outcome, json.loads(outcome.payload)

    def assert_works(self, sandbox):
        outcome, answer = self.invoke(sandbox, "hello")
        self.assertFalse(outcome.is_error, answer)
        self.assertEqual(answer["event"], "hello")
        return answer["pid"]

    def assert_fails(self, sandbox, event, error_type, part):
        outcome, answer = self.invoke(sandbox, event)
        self.assertTrue(outcome.is_error, answer)
        self.assertEqual(answer["errorType"], error_type)
        self.assertIn(part, answer["errorMessage"])
        self.assertIn("Error: ", outcome.logs if error_type != "Own" else "Error: ")
        return outcome

    def test_a_process_stays_for_the_next_invocation(self):
        sandbox = self.sandbox()
        self.assertEqual(self.assert_works(sandbox), self.assert_works(sandbox))

    def test_an_error_of_the_function_is_its_answer_and_ends_nothing(self):
        sandbox = self.sandbox()
        pid = self.assert_works(sandbox)
        self.assert_fails(sandbox, "error", "Own", "no")
        self.assertEqual(self.assert_works(sandbox), pid)

    def test_an_exit_fails_the_invocation_and_the_next_has_a_new_process(self):
        sandbox = self.sandbox()
        pid = self.assert_works(sandbox)
        self.assert_fails(sandbox, "exit", "Runtime.ExitError", "exit status 7")
        self.assertNotEqual(self.assert_works(sandbox), pid)

    def test_a_kill_fails_the_invocation_and_the_next_has_a_new_process(self):
        sandbox = self.sandbox()
        pid = self.assert_works(sandbox)
        threading.Timer(0.2, os.kill, (pid, 9)).start()
        self.assert_fails(sandbox, "sleep", "Runtime.ExitError", "signal: 9")
        self.assertNotEqual(self.assert_works(sandbox), pid)

    def test_a_process_killed_while_idle_is_replaced_unnoticed(self):
        sandbox = self.sandbox()
        pid = self.assert_works(sandbox)
        os.kill(pid, 9)
        while sandbox._life is not None and not sandbox._life.has_ended():
            pass
        self.assertNotEqual(self.assert_works(sandbox), pid)

    def test_a_task_that_takes_too_long_is_killed(self):
        sandbox = self.sandbox(timeout_s=2)
        pid = self.assert_works(sandbox)
        self.assert_fails(sandbox, "sleep", "Sandbox.Timedout", "Task timed out after 2.00 seconds")
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        self.assert_works(sandbox)

    def test_a_failed_start_is_the_answer_of_every_invocation(self):
        for how, error_type, part in [("exit", "Runtime.ExitError", "exit status 3"), ("error", "Own", "no table")]:
            sandbox = self.sandbox(INIT=how)
            for _ in range(2):
                outcome = self.assert_fails(sandbox, "hello", error_type, part)
                self.assertIn("starting", outcome.logs)

    def test_a_start_that_takes_too_long_is_killed(self):
        sandbox = self.sandbox(init_timeout_s=0.5, INIT="sleep")
        self.assert_fails(sandbox, "hello", "Sandbox.Timedout", "Init timed out after 0.50 seconds")

    def test_a_missing_bootstrap_is_named(self):
        (self.folder / "bootstrap").unlink()
        self.assert_fails(self.sandbox(), "hello", "Runtime.InvalidEntrypoint", "bootstrap")

    def test_the_log_of_an_invocation_is_what_was_written_for_it(self):
        sandbox = self.sandbox()
        first, second = (self.invoke(sandbox, event)[0].logs.split("\n") for event in ["one", "two"])
        start, end = "START RequestId: request-1 Version: $LATEST", "END RequestId: request-1"
        self.assertEqual(first[1:5], [start, "starting", "working on one", end])
        self.assertEqual(second[:3], [start, "working on two", end])
        self.assertEqual(first[0], "INIT_START Runtime Version: provided:al2023")
        self.assertEqual(sandbox.output(), "starting\nworking on one\nworking on two\n")

    def test_the_log_file_is_for_its_owner_alone(self):
        self.assert_works(self.sandbox())
        self.assertEqual((self.folder / "function.log").stat().st_mode & 0o777, 0o600)

    def test_a_function_sees_its_own_variables_and_none_of_the_emulator(self):
        os.environ["FERMATA_TEST_SECRET"] = "of the emulator"
        self.addCleanup(os.environ.pop, "FERMATA_TEST_SECRET")
        _, answer = self.invoke(self.sandbox(OWN="1"), "hello")
        self.assertEqual(answer["environment"]["OWN"], "1")
        self.assertNotIn("FERMATA_TEST_SECRET", answer["environment"])

    def test_an_answer_to_another_invocation_is_refused(self):
        _, answer = self.invoke(self.sandbox(), "late")
        self.assertEqual(answer["late"], 403)

    def test_stopping_fails_what_runs_and_what_comes_later(self):
        sandbox = self.sandbox()
        pid = self.assert_works(sandbox)
        threading.Timer(0.2, sandbox.stop).start()
        self.assert_fails(sandbox, "sleep", "Runtime.ExitError", "signal: 9")
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        self.assert_fails(sandbox, "hello", "Runtime.ExitError", "shut down")

    def test_a_web_page_gets_no_work_from_the_runtime_api(self):
        sandbox = self.sandbox()
        self.assert_works(sandbox)
        url = f"http://{sandbox._life._api.address}/2018-06-01/runtime/init/error"
        for headers in [{"Origin": "http://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "example.com"}]:
            request = urllib.request.Request(url, b"{}", headers, method="POST")
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            self.assertEqual(refused.exception.code, 404, headers)
        self.assert_works(sandbox)


if __name__ == "__main__":
    unittest.main()
