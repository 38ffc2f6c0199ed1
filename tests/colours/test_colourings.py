"""Every colouring of the registry on a laid out vocabulary; and that a new one is one file."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from hypviz import colours
from hypviz.colours import COLOURS, SHAPES
from hypviz.colours.taxonomy import LOOKS
from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.problems.taxonomy import TAXONOMY
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.disk import lay_out
from hypviz.studies.disk.scene import disk_scene
from hypviz.studies.disk.view import disk_table, disk_view
from tests.checkpoints import SENTENCES

TOY = '''
"""A toy."""
import numpy as np
from hypviz.colours.base import Colouring
from hypviz.records.disk_view import DiskColour, Group

GROUPS = tuple(Group(name=name, label=name, colour=colour, shape="square") for name, colour in (("short", "#000000"), ("long", "#FF0000")))

def _colour(tokens):
    return DiskColour(label="length", values=np.array([float(len(text) > 3) for text in tokens.text]), groups=GROUPS)

ENTRY = Colouring(name="length", label="length of the token", help="how long a token is", order=1, colour=_colour)
'''


@pytest.fixture(scope="module")
def shown(tiny_llama):
    """A layout, its tokens and their norms."""
    ref = resolve(str(tiny_llama))
    corpus = corpus_from_bytes("\n".join(SENTENCES).encode("utf-8"), "sentences.txt")
    norms = np.linalg.norm(read_embeddings(ref).values, axis=1)
    spec = LayoutSpec(rows=ModelRows(model=ref), counts=corpus)
    return lay_out(spec).record, read_token_table(ref), norms


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A colouring in a file beside the others."""
    (tmp_path / "length.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(colours, "__path__", [*colours.__path__, str(tmp_path)])
    COLOURS.scan()
    yield "length"
    monkeypatch.undo()
    sys.modules.pop("hypviz.colours.length", None)
    COLOURS.scan()


@pytest.mark.parametrize("name", list(COLOURS))
def test_every_colouring_gives_tokens_a_look_and_the_picture_its_words(shown, name):
    layout, table, norms = shown
    view = disk_view(layout, table, norms, colour=name)
    first = f"Of the 10 tokens nearest to {view.colour.member}" if view.colour.member else f"{len(view.text)} tokens; the disk keeps "
    assert view.title.startswith(first) and view.title in view.alt and f"coloured by {name}" in view.alt
    assert np.allclose(np.hypot(view.x, view.y), np.tanh(layout.rho / 2)) and view.colour.values.shape == layout.rho.shape
    known = view.colour.values[np.isfinite(view.colour.values)]
    assert known.size and (np.isfinite(view.colour.values).all() or view.colour.missing)
    groups = view.colour.groups
    if groups is None:
        assert view.colour.stops[0][0] == 0.0 and view.colour.stops[-1][0] == 1.0
    else:
        assert set(known) <= set(range(len(groups))) and len({(one.colour, one.shape) for one in groups}) == len(groups)
        assert {one.shape for one in groups} <= set(SHAPES)
    data = disk_table(view)
    assert len(data) == len(layout.token_ids) and {"token_id", "text", "count", "rho", "theta", name} <= set(data.columns)


def test_every_category_has_a_look():
    assert set(LOOKS) == set(TAXONOMY)


def test_an_unknown_colouring_is_said(shown):
    with pytest.raises(HypvizError, match="no colouring 'rainbow'; choose one of region, kind, taxonomy"):
        disk_view(*shown, colour="rainbow")


def test_a_new_colouring_is_one_file_and_reaches_the_picture_and_the_scene(shown, toy):
    assert next(iter(COLOURS)) == toy and "tokens; the disk keeps" in disk_view(*shown, colour=toy).title
    scene = disk_scene(*shown, key="k")
    first = scene.colours[0]
    assert first.help == "how long a token is" and first.colour.values.tolist() == [float(len(text) > 3) for text in scene.text]
    assert b'"name": "length"' in scene.to_bytes()


def test_a_new_colouring_is_in_the_menu_of_the_page(tiny_llama, toy):
    from tests.pages.running import open_page, run_until

    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("bidi_component"))
    menu = app.selectbox(key="colour")
    assert menu.options == list(COLOURS) and "how long a token is" in menu.help
    menu.set_value(toy).run()
    assert '"colour":"length"' in app.get("bidi_component")[-1].proto.json.replace(" ", "") and not app.exception


def test_what_ships_takes_about_seventeen_bytes_a_token(shown):
    scene = disk_scene(*shown, key="k")
    data = scene.to_bytes()
    head = 4 + int.from_bytes(data[:4], "little")
    text = sum(len(t.encode()) + 1 for t in scene.text)  # one byte says how long a text is
    assert len(data) - head - text <= 17.5 * len(scene.text)
