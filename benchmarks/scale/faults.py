"""What befalls a backfill beside its own death: its database, its broker, its disk, its network.

    python faults.py [NAME…] [--times 10]

Each scene starts servers of its own, does the harm at random moments while others write to the
table, and looks at every row. A row that was done twice, or not at all, fails the scene.
"""

from __future__ import annotations

import argparse
import sys
import time

import faults_database
import faults_disk
import faults_queue
from trial import folder

FOUND = (*faults_database.SCENES, *faults_queue.SCENES, *faults_disk.SCENES)
SCENES = {each.__name__: each for each in FOUND}


def main() -> None:
    """Runs the scenes that are named, or all, and prints what came of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help=", ".join(SCENES))
    parser.add_argument("--times", type=int, default=10)
    arguments = parser.parse_args()
    failed = False
    for name in arguments.scenes or SCENES:
        began = time.monotonic()
        with folder() as place:
            told = SCENES[name](place, arguments.times)
        failed |= "WRONG" in told
        print(f"{name} ({time.monotonic() - began:.0f} s): {told}", flush=True)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
