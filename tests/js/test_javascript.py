"""The disk's JavaScript: its modules join into one, its vectors are those of mpmath, and Node finds nothing wrong with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hypviz.errors import HypvizError
from hypviz.ui.disk.joining import joined, package_module, parse
from tests.js.vectors import FILE, all_vectors

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "hypviz" / "ui" / "disk" / "js"
ENTRIES = ("mount", "control")
PURE = ("boxes", "colour", "drag", "finding", "isometry", "labels", "projection", "raster", "scene", "shapes", "store", "text", "webgl")
MODULES = sorted(path.stem for path in FOLDER.glob("*.js"))


def required(reason: str) -> None:
    """Skip for this reason, or fail where Node is required."""
    if os.environ.get("HYPVIZ_REQUIRE_NODE"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        required("no Node on this machine; install nodejs 20 or later")
    return str(found)


@pytest.fixture(scope="module")
def biome(node: str) -> Path:
    found = ROOT / "node_modules" / ".bin" / "biome"
    if not found.exists():
        required("the linter is not installed; run `npm install` in this folder")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_modules_pass_their_own_tests(node):
    run(node, "--test", *map(str, sorted(Path(__file__).parent.glob("*.test.js"))))


def test_the_linter_and_the_formatter_find_nothing(biome):
    run(str(biome), "ci", "--error-on-warnings", "hypviz", "tests/js")


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_joined_module_is_one_that_node_can_read(node, tmp_path, entry):
    file = tmp_path / f"{entry}.mjs"
    file.write_text(package_module(entry), encoding="utf-8")
    run(node, "--check", str(file))


def test_the_vectors_are_those_that_mpmath_gives():
    stored, anew = json.loads(FILE.read_text(encoding="utf-8")), json.loads(json.dumps(all_vectors()))
    assert shape_of(stored) == shape_of(anew)
    assert numbers_of(stored) == pytest.approx(numbers_of(anew), rel=1e-14, abs=0)  # numpy's last digit is the processor's


def shape_of(value):
    """Everything but the broken numbers."""
    if isinstance(value, dict):
        return {name: shape_of(one) for name, one in value.items()}
    return [shape_of(one) for one in value] if isinstance(value, list) else "number" if isinstance(value, float) else value


def numbers_of(value) -> list[float]:
    """The broken numbers in order."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, float) else [number for one in inner for number in numbers_of(one)]


def test_every_module_is_joined_and_short_and_the_pure_ones_know_no_page():
    used: set[str] = set()

    def visit(name: str) -> None:
        if name not in used:
            used.add(name)
            for other in parse(name, (FOLDER / f"{name}.js").read_text(encoding="utf-8")).imports:
                visit(other)

    for entry in ENTRIES:
        visit(entry)
    assert used == set(MODULES) and set(PURE) < used
    for name in MODULES:
        text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300 and text.startswith("/* "), name
        assert name not in PURE or not re.search(r"\b(document|window|location|history|navigator|performance)\b\.", text), name


def test_parts_change_their_own_fields_only_and_the_state_through_the_store():
    parts = re.findall(r"^  (\w+): [A-Z]\w+,$", (FOLDER / "disk.js").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"stage", "motion", "legend", "memory"} < set(parts)
    foreign = re.compile(rf"\b(?:{'|'.join([*parts, 'state', 'store'])})\.\w+ [-+?|&]*= ")
    for name in MODULES:
        text = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
        found = [line for line in text.splitlines() if foreign.search(line) and not line.strip().startswith("this.#state")]
        assert not found, (name, found)


def test_imports_go_away_and_what_is_needed_comes_first():
    sources = {
        "a": 'import { b } from "./b.js";\nimport {\n  c,\n  d,\n} from "./c.js";\n\nexport default function start() {}\n',
        "b": 'import { c } from "./c.js";\n\nexport const b = c;\n',
        "c": "export const c = 1;\n\nexport const d = 2;\n",
    }
    text = joined("a", sources.__getitem__)
    assert "import" not in text and text.count("export const c = 1;") == 1
    assert text.index("const c") < text.index("const b") < text.index("function start")


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"a": 'import { b } from "./b.js";\n', "b": 'import { a } from "./a.js";\n'}, "a -> b -> a import each other"),
        ({"a": 'import { c } from "./b.js";\n', "b": "export const b = 1;\n"}, "imports c from b.js, which exports no such name"),
        ({"a": 'import { b } from "./b.js";\nconst c = 1;\n', "b": "const c = 2;\nexport const b = c;\n"}, "b.js and a.js both declare c"),
        ({"a": 'import { b as c } from "./b.js";\n', "b": "export const b = 1;\n"}, "without “as”"),
        ({"a": 'import b from "./b.js";\n', "b": "export default function b() {}\n"}, "import b from"),
        ({"a": 'import * as b from "three";\n'}, "cannot be joined"),
        ({"a": 'import { x } from "three";\n'}, "cannot be joined"),
        ({"a": "const b = 1;\nexport { b };\n"}, "cannot be joined"),
        ({"a": "export default b;\n"}, "cannot be joined"),
        ({"a": "const [b, c] = [1, 2];\n"}, "one name a declaration"),
        ({"a": 'import { b } from "./b.js";\n', "b": "export const b = 1;\nexport default function c() {}\n"}, "b.js has a default export"),
        ({"a": 'import { b } from "./b.js";\nimport { c } from "./b.js";\n', "b": "export const b = 1;\nexport const c = 1;\n"}, "twice"),
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(sources, words):
    with pytest.raises(HypvizError) as refused:
        joined("a", sources.__getitem__)
    assert words in str(refused.value)


def test_a_missing_module_is_said():
    with pytest.raises(HypvizError, match=r"nothing\.js is missing"):
        package_module("nothing")
