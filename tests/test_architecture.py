"""The house's rules, kept by reading the imports of every module with ast."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PURE = {"plots", "words", "methods", "gains", "layout", "hyperbolicity", "frequency", "statistics", "problems", "geometry", "vocabulary"}
EFFECTS = {"runs", "worker", "generate", "evaluate", "models", "corpora", "bundled", "hyplora", "store"}
LEVEL = {
    "records": 0,
    "errors": 0,
    "compiled": 0,
    "work": 0,
    "registry": 0,
    **dict.fromkeys(PURE, 1),
    **dict.fromkeys(EFFECTS, 2),
    "studies": 3,
    "cli": 4,
    "ui": 5,
    "pages": 6,
    "app": 6,
    "__main__": 6,
}
HOMES = {
    "streamlit": {"ui", "pages", "app"},
    "plotly": {"plots"},
    "umap": {"layout"},
    "peft": {"hyplora", "worker", "generate", "evaluate"},
    "geoopt": {"geometry"},
    "numba": {"compiled", "hyperbolicity", "layout"},
    "click": {"cli", "bundled"},
}
WARM_UP = ROOT / "hypviz" / "ui" / "shell" / "warmup.py"


def _modules() -> list[Path]:
    found = [*sorted((ROOT / "hypviz").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]
    assert len(found) > 40
    return found


def _room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] != "hypviz":
        return parts[0]
    return parts[1] if parts[1] != "__init__" else "errors"


def _imports(path: Path) -> list[tuple[str, bool]]:
    """(imported dotted name, whether it happens when the module is imported) for every runtime import of a file."""
    found: list[tuple[str, bool]] = []

    def walk(node: ast.AST, at_import: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                found.extend((alias.name, at_import) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: relative import"
                found.append((child.module or "", at_import))
                found.extend((f"{child.module}.{alias.name}", at_import) for alias in child.names if child.module == "hypviz")
            walk(child, at_import and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    walk(ast.parse(path.read_text(encoding="utf-8")), True)
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards_and_libraries_stay_at_home(path: Path) -> None:
    room = _room(path)
    for name, _ in _imports(path):
        parts = name.split(".")
        if parts[0] == "hypviz" and len(parts) > 1 and parts[1] in LEVEL:
            other = parts[1]
            assert LEVEL[other] <= LEVEL[room], f"{path.name} ({room}) imports {name}: upwards"
            assert not (room in PURE and other in EFFECTS), f"{path.name} is pure but imports {name}"
        homes = HOMES.get(parts[0])
        assert homes is None or room in homes, f"{path.name} ({room}) imports {name}; it belongs to {sorted(homes or ())}"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.name)
def test_pages_stay_thin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = {name.split(".")[0] for name, _ in _imports(path)}
    assert not names & {"numpy", "torch", "pandas", "plotly"}, f"{path.name} computes"
    assert "open(" not in text and ".read_text" not in text
    assert len(text.splitlines()) <= 70


def test_no_unsafe_doors() -> None:
    banned = (
        "pickle.load",
        "torch.save(",
        "torch.load(",
        "trust_remote_code=True",
        "unsafe_allow_html=True",
        "shell=True",
        "allow_pickle=True",
    )
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        assert not [word for word in banned if word in text], path
        assert path.name != "utils.py"


@pytest.mark.parametrize("module", ["hypviz", "hypviz.runs", "hypviz.cli", "hypviz.studies", "hypviz.store", "hypviz.problems"])
def test_light_imports_load_no_heavy_library(module: str) -> None:
    heavy = ("torch", "transformers", "peft", "umap", "geoopt", "plotly", "streamlit", "sklearn", "pandas")
    code = f"import sys, {module}; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_binds_to_this_machine_only() -> None:
    assert 'address = "127.0.0.1"' in (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
