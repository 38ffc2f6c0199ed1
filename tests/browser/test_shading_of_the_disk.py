"""Many tokens on the disk alone: shaded far off, points near, and the same picture whatever draws the points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.browser.alone import open_alone

pytestmark = [pytest.mark.browser, pytest.mark.slow]
N = 30_000
OPEN = """(draw) => {
  const root = document.createElement('div');
  root.style.width = '1100px';
  document.body.replaceChildren(root);
  window.disk = new m.Disk(root, scene, {bytes, colour: 'kind', draw});
  disk.control({neighbours: null});
}"""
SQUARES = """(scale) => {
  disk.store.change({zoom: {scale, x: 0, y: 0}});
  disk.stage.draw(performance.now());
  const flat = disk.points.flat(), copy = document.createElement('canvas'), found = [];
  copy.width = flat.width, copy.height = flat.height;
  const context = copy.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(flat, 0, 0);
  for (let y = 24; y + 48 <= copy.height; y += 24) for (let x = 24; x + 48 <= copy.width; x += 24) {
    const p = context.getImageData(x, y, 24, 24).data, sum = [0, 0, 0];
    for (let i = 0; i < p.length; i++) if (i % 4 < 3) sum[i % 4] += p[i] / 576;
    found.push(...sum);
  }
  return [found, disk.points.share(), disk.points.card !== null, disk.points.layers.length];
}"""


@pytest.fixture
def alone(page: Any) -> Any:
    """A blank page with 30,000 tokens as evenly over the drawn disk as the planar layout lays them."""
    rng = np.random.default_rng(1)
    rho = 2.0 * np.arctanh(np.tanh(2.0) * np.sqrt(rng.uniform(size=N)))
    open_alone(page, tuple(f" w{i}" for i in range(N)), rho=rho, theta=rng.uniform(0.0, 2.0 * np.pi, N))
    return page


def pictures(page: Any, draw: str, scales: tuple[float, ...]) -> list[tuple[np.ndarray, float, bool, int]]:
    page.evaluate(OPEN, draw)
    page.wait_for_function("() => disk.stage.frames > 0")
    return [(np.array(found), share, card, layers) for found, share, card, layers in (page.evaluate(SQUARES, scale) for scale in scales)]


def test_both_ways_of_drawing_show_the_same_shading_and_the_same_points(alone):
    scales = (0.55, 1.0, 6.0)
    card, loop = pictures(alone, "webgl", scales), pictures(alone, "raster", scales)
    for (one, share, is_card, layers), (other, same, no_card, _) in zip(card, loop, strict=True):
        assert is_card and not no_card and share == same and layers == (2 if share > 0 else 1)
        assert np.abs(one - other).max() < 0.35 * (255 - other).max()
    shares = [share for _, share, _, _ in loop]
    assert shares[0] == 1 and 0 < shares[1] < 1 and shares[2] == 0


def test_the_picture_changes_by_degrees_as_it_is_magnified(alone):
    """Ink on the paper does not jump where shading gives way to points, but for the steps in which points grow."""
    scales = tuple(float(s) for s in 0.5 * 1.06 ** np.arange(15))
    found = pictures(alone, "raster", scales)
    ink = np.array([(255 - squares).mean() for squares, *_ in found])
    shares = [share for _, share, *_ in found]
    assert shares[0] == 1 and shares[-1] < 0.1 and (np.diff(shares) <= 0).all() and np.abs(np.diff(ink)).max() < 0.15 * ink.max()
