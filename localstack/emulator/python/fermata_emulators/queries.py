"""Makes long queries affordable on MiniStack.

For every page of a query, MiniStack parses the condition on the keys once for each item of the partition, and compares
each item with the key at which the page starts. In a run of 400,000 terms, a page takes longer than the client waits.
Both are done here without looking at every item in full; the answers stay the same.
"""

import bisect
import functools
import re

# A partition key by its alias. Everything else MiniStack evaluates itself, and so refuses what AWS would.
_ONE_PARTITION = re.compile(r"\s*(#\w+)\s*=\s*(:\w+)\s*")


@functools.lru_cache
def _one_partition(expression: str) -> tuple[str, str] | None:
    """The alias and the value's name in a condition that names a partition and nothing else."""
    found = _ONE_PARTITION.fullmatch(expression)
    return found and (found[1], found[2])


def speed_up(dynamodb) -> None:
    """Replaces two functions of MiniStack's module for DynamoDB."""
    evaluate, skip = dynamodb._evaluate_condition, dynamodb._apply_exclusive_start_key

    def evaluate_quickly(expression, item, values, names, slot="ConditionExpression"):
        found = _one_partition(expression) if slot == "KeyConditionExpression" else None
        name, value = (names.get(found[0]), values.get(found[1])) if found else (None, None)
        if name is None or not isinstance(value, dict) or "S" not in value:
            return evaluate(expression, item, values, names, slot)
        return item.get(name) == value

    def skip_quickly(candidates, start, hash_key, sort_key, scan_forward=True, table=None):
        # The items of the table itself come in the order of its sort key; those of an index may not.
        is_table = table is not None and hash_key == table.get("pk_name")
        keys = dynamodb._index_order_keys(table, sort_key) if start and is_table else []
        if not keys or not scan_forward:
            return skip(candidates, start, hash_key, sort_key, scan_forward, table=table)

        def order(item):
            return tuple(dynamodb._index_order_value(item, name, kind) for name, kind in keys)

        return candidates[bisect.bisect_right(candidates, order(start), key=order) :]

    dynamodb._evaluate_condition = evaluate_quickly
    dynamodb._apply_exclusive_start_key = skip_quickly
