#!/usr/bin/env python3
"""Recomputes what every member of a pool is due, from the pool's export alone.

    curl -H "Authorization: Bearer $TOKEN" \\
        "$VERGER/api/v1/villages/1/reports/pool-export?pool=$POOL&format=csv" > pool.csv
    python3 docs/recompute_pool.py pool.csv

Prints every member's due and says where the export differs; ends with 0 when it differs nowhere.
It knows nothing of Verger's own code: the rules are those of docs/rules/cooperative.md, C-40 to C-42.
Amounts are whole fen, weights whole grams, and no number is ever rounded but as the rules say.
"""
import csv
import sys
from collections import defaultdict


def largest_remainder(total, weights):
    """Parts of a total by weights: floors, then one more for the largest remainders, ties by id."""
    whole = sum(weights.values())
    if whole <= 0:
        return {who: 0 for who in weights}
    parts = {who: total * weight // whole for who, weight in weights.items()}
    order = sorted(weights, key=lambda who: (-(total * weights[who] % whole), who))
    for who in order[: total - sum(parts.values())]:
        parts[who] += 1
    return parts


def dues(net, lots, shared_bps):
    """What each household is due: its part by grams, less its own claims beyond what all share."""
    grams, own = defaultdict(int), defaultdict(int)
    for household, weight, _ in lots:
        grams[household] += weight
    value = net + sum(claims for _, _, claims in lots)
    for household, weight, claims in lots:
        free = value * weight // sum(grams.values()) * shared_bps // 10_000 if claims else 0
        own[household] += max(claims - free, 0)
    inside = dict(grams)
    while True:
        parts = largest_remainder(net + sum(own[who] for who in inside), inside)
        over = [who for who in inside if own[who] > parts[who]]
        if not over:
            break
        for who in over:
            del inside[who]
    return {who: parts[who] - own[who] if who in inside else 0 for who in grams}


def main(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    of = lambda kind: [row for row in rows if row["kind"] == kind]
    amount = lambda row: int(row["amount_minor"])
    problems = []
    net = amount(of("net")[0])
    lines = sum(amount(row) for row in of("account"))
    if lines != net:
        problems.append(f"the lines of the account sum to {lines}, not {net}")
    lots = [(row["party"], int(row["grams"]), amount(row)) for row in of("lot")]
    due = dues(net, lots, amount(of("rule")[0]))
    said = {(row["party"], row["item"]): row for row in of("member")}
    for who, minor in sorted(due.items()):
        row, advance = said[who, "due"], amount(said[who, "advance"])
        final = minor - min(minor, advance)
        print(f"{row['household']:8} {row['grams']:>9} g  due {minor:>9}  final {final:>9}")
        if (minor, final) != (amount(row), amount(said[who, "final"])):
            problems.append(f"{row['household']}: the export says {row['amount_minor']}")
    if sum(due.values()) != net or len(due) * 3 != len(said):
        problems.append(f"the dues sum to {sum(due.values())}, not {net}")
    print("\n".join(problems) or f"{len(due)} members, {net} fen: the export is right")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
