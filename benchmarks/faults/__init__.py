"""Faults for the index: kills, lost power, flipped bytes, full disks, a wrong CURRENT, races.

    .venv/bin/python -m benchmarks.faults [NAME...] [--seed N] [--quick]

Each module has `run(seed, quick) -> list[Outcome]`, and every random choice comes from the seed.
The tests run the same functions on fewer cases. The embedder is the fake one of the tests: the
model plays no part in these faults.
"""
