"""Parses SQL files as Athena does, and prints how many there are.

Fails on what Athena calculates otherwise than DuckDB: where one side of a division is a decimal and the other a whole
number, Athena's result has only as many digits after the point as the decimal. 100.0 * 1 / 3 is 33.3, 100e0 * 1 / 3 a double.
"""

import sys

import sqlglot
from sqlglot import exp


def is_decimal(literal):
    return literal.is_number and "." in literal.this and "e" not in literal.this.lower()


for file in sys.argv[1:]:
    with open(file, encoding="utf-8") as sql:
        tree = sqlglot.parse_one(sql.read(), read="athena")
    for division in tree.find_all(exp.Div):
        is_double = any(cast.is_type("double") for cast in division.find_all(exp.Cast))
        decimals = [literal.sql() for literal in division.find_all(exp.Literal) if is_decimal(literal)]
        if decimals and not is_double:
            sys.exit(f"{file}: {division.sql()} is a decimal because of {', '.join(decimals)}")
print(len(sys.argv) - 1)
