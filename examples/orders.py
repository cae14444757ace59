"""Code that breaks rules of the knowledge base, for trying out `kbc review`."""

import json
from dataclasses import asdict


def export(orders, path):
    blocked = [line.strip() for line in open("blocked.txt")]
    with open(path, "w") as out:
        for order in orders:
            if order.customer in blocked:
                continue
            out.write(json.dumps(asdict(order), indent=2))


def known(order, customers):
    # kbc: ignore[MEM2] called once a day
    return order.customer in set(customers)
