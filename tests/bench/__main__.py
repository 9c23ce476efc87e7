"""Prints what avsctl costs, part by part: ``make bench``, or ``make bench PART=start`` for one of them."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from tests.bench import cast_loop, power_diff, power_history, power_watch, proposal, start

PARTS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "start": lambda asked: start.describe(asked.runs or start.PAIRS),
    "power-diff": lambda asked: power_diff.describe(asked.operators, asked.runs),
    "cast-loop": lambda asked: cast_loop.describe(),
    "power-history": lambda asked: power_history.describe(),
    "power-watch": lambda asked: power_watch.describe(),
    "proposal": lambda asked: proposal.describe(),
}
INTERRUPTED = 130


def main() -> int:
    """Print the parts that are asked for, and all without any."""
    asked = _parse()
    try:
        for part in asked.parts or PARTS:
            for line in PARTS[part](asked):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            sys.stdout.write("\n")
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", type=_read_part, metavar="PART", help=f"{', '.join(PARTS)}; all of them")
    parser.add_argument("--runs", type=int, help="of each program in start and power-diff, for a trial")
    sizes = ",".join(map(str, power_diff.SIZES))
    parser.add_argument("--operators", type=_read_sizes, default=sizes, help=f"in power-diff; {sizes}")
    return parser.parse_args()


def _read_part(text: str) -> str:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(PARTS)}")
    return text


def _read_sizes(text: str) -> Sequence[int]:
    return tuple(sorted(int(size) for size in text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
