"""The table of layout methods, ``docs/LAYOUTS.md``, from their registry: ``python -m tests.house.layouts_table``."""

from __future__ import annotations

from hypviz.words.disk import methods_table
from tests.house.source import ROOT

TABLE = ROOT / "docs" / "LAYOUTS.md"
HEAD = """# The layout methods

On the Disk page under Layout, in the shell as `python -m hypviz disk MODEL --method NAME`. Seconds are a first guess on a small machine.
A file in `hypviz/layout/methods` is one method; `python -m tests.house.layouts_table` writes this table; a test keeps it true.

"""


def text() -> str:
    """The whole text of the file."""
    return HEAD + methods_table()


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
