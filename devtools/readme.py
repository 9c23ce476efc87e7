"""Writes the parts of README.md that come from the code, between their markers; ``--check`` only compares."""

import sys
from pathlib import Path

from avsctl.core.findings import CODES

README = Path(__file__).parent.parent / "README.md"


def build_codes() -> str:
    """Give the table of finding codes."""
    rows = [f"| `{code}` | {kind.severity} | {kind.meaning} | {kind.remedy} |" for code, kind in CODES.items()]
    return "\n".join(["| code | severity | meaning | remedy |", "|---|---|---|---|", *rows])


def replace_part(text: str, name: str, part: str) -> str:
    """Put a part between its two markers."""
    begin, end = f"<!-- begin {name} -->\n", f"\n<!-- end {name} -->"
    head, begins, rest = text.partition(begin)
    _, ends, tail = rest.partition(end)
    if not begins or not ends:
        raise SystemExit(f"README.md has no markers for {name}")
    return head + begin + part + end + tail


def main() -> int:
    """Write README.md, or with ``--check`` say whether it is up to date."""
    found = README.read_text(encoding="utf-8")
    wanted = replace_part(found, "finding codes", build_codes())
    if "--check" in sys.argv[1:]:
        if found != wanted:
            sys.stderr.write("README.md is not up to date: run make readme\n")
        return int(found != wanted)
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
