"""The type checker against its list of exceptions: ``python -m tests.house.types [PATH ...] [--moved] [--strike]``.

The rules are in pyproject.toml under ``tool.basedpyright``. ``owed/types.txt`` lists by file the rules that it still breaks; ``--moved``
gives the entries of moved files to their new names, ``--strike`` takes away what is mended.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house import owed

ROOT = Path(__file__).resolve().parents[2]
LIST = "types"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One error of the checker; `line` counts from 1."""

    file: str
    line: int
    rule: str
    message: str

    @property
    def text(self) -> str:
        """``file:line rule message``."""
        return f"{self.file}:{self.line} {self.rule} {self.message}"


def check(paths: Sequence[str] = ()) -> tuple[Complaint, ...]:
    """Every error in `paths` (files or folders; the whole package without any); `RuntimeError` where the checker itself fails."""
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson", *_files(paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if not done.stdout.lstrip().startswith("{"):
        raise RuntimeError(f"basedpyright did not run (pip install -r requirements-dev.txt): {(done.stderr or done.stdout)[:2000]}")
    found = json.loads(done.stdout)
    return tuple(_complaint(each) for each in found["generalDiagnostics"] if each["severity"] == "error")


def by_file(complaints: Sequence[Complaint]) -> dict[str, set[str]]:
    """The broken rules of each file."""
    rules: dict[str, set[str]] = {}
    for each in complaints:
        rules.setdefault(each.file, set()).add(each.rule)
    return rules


def _files(paths: Sequence[str]) -> list[str]:
    return sorted(str(file) for path in paths for file in (Path(path).rglob("*.py") if Path(path).is_dir() else [Path(path)]))


def _complaint(each: dict[str, object]) -> Complaint:
    place = each["range"]
    assert isinstance(place, dict)
    return Complaint(
        file=Path(str(each["file"])).relative_to(ROOT).as_posix(),
        line=place["start"]["line"] + 1,
        rule=str(each.get("rule", "syntax")),
        message=" ".join(str(each["message"]).split())[:400],
    )


def main(arguments: Sequence[str]) -> int:
    """Print every error and what the list has to lose; 1 where there is a new error or a paid one is still listed."""
    paths = [each for each in arguments if not each.startswith("--")]
    complaints = check(paths)
    verdict = owed.judge(LIST, by_file(complaints))
    if "--moved" in arguments and not paths:
        verdict = owed.follow(LIST, verdict)
    asked = {Path(each).resolve().relative_to(ROOT).as_posix() for each in _files(paths)}
    paid = {file: rules for file, rules in verdict.paid.items() if not paths or file in asked}
    for each in complaints:
        if paths or each.rule in verdict.new.get(each.file, ()):
            print(("NEW  " if each.rule in verdict.new.get(each.file, ()) else "owed ") + each.text)
    for file, rules in paid.items():
        print(f"paid {file}: {' '.join(sorted(rules))} (to be struck off owed/{LIST}.txt: --strike)")
    if "--strike" in arguments:
        owed.strike(LIST, paid)
        paid = {}
    print(f"{len(complaints)} errors, {sum(len(rules) for rules in verdict.new.values())} not listed")
    return 1 if verdict.new or paid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
