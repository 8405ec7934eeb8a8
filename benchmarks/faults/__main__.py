"""Try the faults that are named, or all of them; see the package."""

import argparse
import os
import sys
import time
from importlib import import_module

from benchmarks.faults.scene import Outcome, details, table

FAULTS = ("kills", "power", "flips", "disk", "pointers", "builders", "swaps", "removal", "bots")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true", help="a few cases of each")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(FAULTS):
        parser.error(f"no fault {', '.join(sorted(unknown))}: there are {', '.join(FAULTS)}")
    outcomes: list[Outcome] = []
    started = time.perf_counter()
    for name in arguments.names or FAULTS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        outcomes += import_module(f"benchmarks.faults.{name}").run(arguments.seed, arguments.quick)
    print(table(outcomes))
    print(*details(outcomes), sep="\n", file=sys.stderr)
    took, load = time.perf_counter() - started, os.getloadavg()[0]
    print(f"seed {arguments.seed}, {took:.0f} s, load average {load:.1f}", file=sys.stderr)
    sys.exit(any(outcome.bad for outcome in outcomes))


if __name__ == "__main__":
    main()
