"""Everything that can be said of the code without running it: ``python -m tests.house`` (types, rules, style, the map)."""

from __future__ import annotations

import subprocess
import sys

from tests.house import code_map, rules, types
from tests.house.source import ROOT


def main() -> int:
    """Each check in turn with what it finds; 1 where one of them fails."""
    failed = [rules.main([]), types.main([])]
    for command in (("check",), ("format", "--check")):
        failed.append(subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT).returncode)
    if code_map.MAP.read_text(encoding="utf-8") != code_map.code_map():
        print("docs/MAP.md is not what the docstrings say: python -m tests.house.code_map")
        failed.append(1)
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main())
