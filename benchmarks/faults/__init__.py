"""What the index withstands: kills, lost power, flipped bytes, full disks, odd pointers, races.

    .venv/bin/python -m benchmarks.faults [NAME...] [--seed N] [--quick]

Each module has `run(seed, quick) -> list[Outcome]`, and every random choice comes from the seed.
The tests run the same functions on fewer cases. The embedder is the tests' fake one: the model
has no part in any of it.
"""
