"""Nothing comes between a condition and the write that depends on it."""

import threading
import unittest
from unittest import mock

from fermata_emulators import dynamodb


class DynamoDbTest(unittest.TestCase):
    def test_requests_run_in_moto_one_at_a_time(self):
        inside, most = 0, 0

        def call(_context):
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            threading.Event().wait(0.01)
            inside -= 1

        with mock.patch.object(dynamodb, "call_moto", call):
            threads = [threading.Thread(target=dynamodb._call, args=(None, {})) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(most, 1)


if __name__ == "__main__":
    unittest.main()
