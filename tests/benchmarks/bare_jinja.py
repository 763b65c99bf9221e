"""Baseline (b): nothing but `Template.render` in a loop over rows that are in memory already."""

import csv
import json
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import jinja2


def main() -> None:
    """Render the SMS of every row and print the seconds that only the loop took."""
    root = Path(sys.argv[1])
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(root / "templates"))
    env.filters["money"] = lambda value: f"{value:,.2f}"
    env.filters["date"] = lambda value, pattern: value.strftime(pattern)
    template = env.get_template("bench.sms.j2")
    with (root / "campaigns/audiences/bench.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            {**row, "amount": Decimal(row["amount"]), "due": date.fromisoformat(row["due"])}
            for row in csv.DictReader(file)
        ]
    characters = 0
    began = time.perf_counter()
    for row in rows:
        characters += len(template.render(row))
    print(json.dumps({"rows": len(rows), "characters": characters, "render_s": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
