"""Quick queries of MiniStack answer what its own do."""

import importlib.util
import json
import unittest

from fermata_emulators.queries import speed_up

TERMS = 40


@unittest.skipUnless(importlib.util.find_spec("ministack"), "MiniStack is not installed here")
class QueriesTest(unittest.TestCase):
    def setUp(self):
        from ministack.services import dynamodb

        self.dynamodb = dynamodb
        own = dynamodb._evaluate_condition, dynamodb._apply_exclusive_start_key
        self.addCleanup(self._restore, own)
        dynamodb._tables.clear()
        self._ask(
            dynamodb._create_table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("run", "key")],
            KeySchema=[
                {"AttributeName": "run", "KeyType": "HASH"},
                {"AttributeName": "key", "KeyType": "RANGE"},
            ],
        )
        for number in range(TERMS):
            item = {"run": {"S": f"run {number % 2}"}, "key": {"S": f"{(number * 7) % TERMS:02}"}}
            self._ask(dynamodb._put_item, Item=item)

    def _restore(self, own):
        self.dynamodb._evaluate_condition, self.dynamodb._apply_exclusive_start_key = own

    def _ask(self, operation, **data):
        answer = operation({"TableName": "terms", **data})
        self.assertEqual(answer[0], 200, answer)
        return json.loads(answer[2])

    def _pages(self, condition, forward):
        pages, start = [], None
        while not pages or start:
            values = {":run": {"S": "run 1"}}
            if ":from" in condition:
                values[":from"] = {"S": "10"}
            more = {"ExclusiveStartKey": start} if start else {}
            answer = self._ask(
                self.dynamodb._query,
                KeyConditionExpression=condition,
                ExpressionAttributeNames={"#run": "run", "#key": "key"}
                if ":from" in condition
                else {"#run": "run"},
                ExpressionAttributeValues=values,
                ScanIndexForward=forward,
                Limit=3,
                **more,
            )
            pages.append([item["key"]["S"] for item in answer["Items"]])
            start = answer.get("LastEvaluatedKey")
        return pages

    def test_each_page_is_the_same(self):
        cases = [
            (condition, forward)
            for condition in ("#run = :run", "#run = :run AND #key > :from")
            for forward in (True, False)
        ]
        expected = [self._pages(*case) for case in cases]
        self.assertEqual([len(sum(pages, [])) for pages in expected][:2], [TERMS // 2] * 2)
        speed_up(self.dynamodb)
        self.assertEqual([self._pages(*case) for case in cases], expected)


if __name__ == "__main__":
    unittest.main()
