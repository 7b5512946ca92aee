"""Prints the names of the rules that a template, as JSON on standard input, does not keep.

The package cuts a long report off at its beginning. So each rule is run alone: it holds if its report can be
read and says so, and such a report is short.
"""

import json
import re
import sys

from cfn_guard_rs.cfn_guard_rs import run_checks_rs


def holds(template: str, definitions: str, rule: str) -> bool:
    try:
        report = json.loads(run_checks_rs(template, definitions + rule, False))
    except json.JSONDecodeError:
        return False
    # A rule whose resources are missing is skipped; here it counts as broken, lest a renamed type switch it
    # off.
    return report["status"] == "PASS" and len(report["compliant"]) == 1


def main(rules: str) -> None:
    template = sys.stdin.read()
    definitions, *bodies = re.split(r"(?m)^(?=rule )", rules)
    broken = [body.split()[1] for body in bodies if not holds(template, definitions, body)]
    print(json.dumps({"rules": len(bodies), "broken": broken}))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        main(file.read())
