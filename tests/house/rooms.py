"""Who may import whom: the rooms of hypviz, the homes of libraries, and what a pure room may not know.

A room that is not named here has no place yet: give it a line. What the code does against these rules today stands in ``owed/arrows.txt``.
"""

from __future__ import annotations

from tests.house.source import dotted, imports, modules, relative, room

BASE = frozenset({"errors", "records", "work", "sharing", "registry"})
SHELVES = frozenset(
    {
        *("geometry", "statistics", "problems", "vocabulary", "marking", "scoring", "frequency", "hyperbolicity", "layout", "measures"),
        *("methods", "gains", "templates"),
    }
)
PURE = SHELVES | {"words", "plots", "colours", "exchange"}
EFFECTS = frozenset({"store", "bundled", "models", "corpora", "hyplora", "generate", "runs", "worker"})
JOINT = BASE | {"studies", "words", "plots", "methods", "gains", "marking", "templates"}  # the last four make menus and help
PAGES = frozenset({"start", "disk", "frequency", "hyperbolicity", "layers", "finetune", "compare", "evaluate", "lessons", "card"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "compiled": frozenset(),
    "work": frozenset({"errors"}),
    "sharing": frozenset({"errors"}),
    "registry": frozenset({"errors"}),
    "records": frozenset({"errors"}),
    "statistics": BASE,
    "geometry": BASE | {"compiled", "statistics"},
    "problems": BASE,
    "templates": BASE | {"problems"},
    "vocabulary": BASE | {"problems"},
    "marking": BASE | {"problems"},
    "scoring": BASE | {"problems", "statistics", "marking"},
    "frequency": BASE | {"statistics"},
    "hyperbolicity": BASE | {"compiled", "geometry", "statistics"},
    "layout": BASE | {"compiled", "geometry", "statistics"},
    "measures": BASE | (SHELVES - {"measures"}) | {"compiled"},
    "gains": BASE,
    "methods": BASE | {"palette"},
    "palette": frozenset(),
    "colours": BASE | {"palette", "geometry", "problems", "vocabulary", "statistics"},
    "words": BASE | SHELVES,  # a registry's entries bring their sentences
    "plots": BASE | SHELVES | {"palette", "words"},
    "exchange": BASE | SHELVES | {"words"},
    "store": BASE,
    "bundled": BASE | SHELVES | {"store"},
    "models": BASE | SHELVES | {"store", "bundled"},
    "corpora": BASE | SHELVES | {"store"},
    "hyplora": BASE | SHELVES | {"store", "models"},
    "generate": BASE | SHELVES | {"models", "hyplora"},
    "runs": BASE | SHELVES | {"store", "models", "bundled"},
    "worker": BASE | SHELVES | {"store", "models", "corpora", "hyplora", "runs"},
    "studies": BASE | {"palette"} | PURE - {"plots"} | EFFECTS,
    "cli": JOINT - {"plots"},
    "ui/shell": JOINT,
    "ui/shared": JOINT | {"ui/shell"},
    **{f"ui/{page}": JOINT | {"ui/shell", "ui/shared"} for page in PAGES},
    "ui": frozenset(),
    "pages": BASE | {"studies", "words", "ui/shell", "ui/shared"} | {f"ui/{page}" for page in PAGES},
    "app": frozenset({"errors", "ui/shell"}),
    "__main__": frozenset({"cli"}),
    "hypviz": frozenset(),
}

UI = frozenset({"ui", "ui/shell", "ui/shared", "pages", "app"}) | {f"ui/{page}" for page in PAGES}
HOMES: dict[str, frozenset[str]] = {
    "streamlit": UI,
    "plotly": frozenset({"plots"}),
    "umap": frozenset({"layout"}),
    "peft": frozenset({"hyplora", "worker", "generate"}),
    "geoopt": frozenset({"geometry"}),
    "numba": frozenset({"compiled", "geometry", "hyperbolicity", "layout", "measures"}),
    "datasets": frozenset({"corpora"}),
    "click": frozenset({"cli", "bundled"}),
}

MACHINE = frozenset(
    {"os", "time", "datetime", "platform", "psutil", "resource", "socket", "subprocess", "multiprocessing", "tempfile", "shutil", "pathlib"}
)


def forbidden() -> dict[str, set[str]]:
    """By file: the rooms and libraries that it imports although its room may not."""
    found: dict[str, set[str]] = {}
    for path in modules():
        mine = room(dotted(path))
        wrong = {name for each in imports(path) if (name := _against(mine, each.name))}
        if wrong:
            found[relative(path)] = wrong
    return found


def _against(mine: str, name: str) -> str | None:
    library = name.split(".")[0]
    if library == "hypviz":
        theirs = room(name)
        return None if theirs in (mine, "hypviz") or theirs in MAY_IMPORT[mine] else theirs
    if mine in PURE and library in MACHINE:
        return library
    return None if mine in HOMES.get(library, {mine}) else library
