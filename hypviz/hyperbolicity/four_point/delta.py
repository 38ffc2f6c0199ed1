"""Gromov's four-point delta over all quadruples, exact or as an interval that contains it.

In: a metric D (n, n). Out: `FourPointDelta`, in the unit of D. For four points order the three sums d(a,b) + d(c,d); delta is half the
largest minus the middle one, maximised over quadruples (Gromov, *Hyperbolic groups*, 1987; Fournier, Ismail and Vigneron, Information
Processing Letters 2015 for max-min products). Four facts make it fast, each with a short proof:

* **Potentials.** If h_x + h_y <= d(x,y) for all pairs and w = d - h - h, then for the pairs of the largest sum
  2 delta <= w_ab + w_cd, because the other two sums average to at least h_a + h_b + h_c + h_d. Near-equidistant data (anything
  Gaussian in high dimension) has few pairs with a large w.
* **Excesses.** Let E_ab be the excess max_c min((a|c), (c|b)) - (a|b) of Gromov products at a base point. If (a|c) is the largest of
  the four products between the pairs, then (c|b) <= (a|b) + E_ab and (a|d) <= (c|d) + E_cd, and adding gives delta <= E_ab + E_cd.
  This holds at every base point, so it holds for the mean of E over several.
  A quadruple beyond the best known delta therefore has a pair with E beyond half of it, of which embeddings have next to none.
* **Extremes.** d(c,d) - d(b,d) is at most a row maximum less a row minimum, which leaves few third points for a pair.
* **Products.** Otherwise every point is a base once, over the points not yet done, with the quantised products of `loops.products`.

Whichever comes first is finished in float64. `lower` is attained by `points`; `upper` adds what rounding can hide, 4 units in the
last place of the largest sum. Memory: 8 bytes n^2 for D and 5 to 13 bytes n^2 more.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hypviz.hyperbolicity.checks import SEARCH_BYTES, check_metric, check_room, check_triangles
from hypviz.hyperbolicity.four_point.ends import Ends, FourPointDelta, OnInterval
from hypviz.hyperbolicity.four_point.limits import USUAL, Limits
from hypviz.hyperbolicity.four_point.search import Search
from hypviz.hyperbolicity.four_point.task import Task
from hypviz.hyperbolicity.four_point.watch import OutOfTime, Watch
from hypviz.work import NOBODY, Deadline, Work


def four_point_delta(
    D: Float[np.ndarray, "n n"],
    deadline: Deadline | None = None,
    *,
    checked: bool = False,
    on_interval: OnInterval | None = None,
    work: Work = NOBODY,
    device: str | None = None,
    room: int | None = None,
    limits: Limits = USUAL,
) -> FourPointDelta:
    """delta of D over all quadruples; once `deadline` is over, or `work` is asked to end, the interval reached.

    A deadline is kept within a second or a tenth of its time by its own clock, whatever the machine does meanwhile; what has to be
    compiled the first time on a machine comes on top. `on_interval(lower, upper)` is told every time one of them moves. Raises
    `HypvizError` for more points than `room` bytes hold and for a matrix that is no metric's: symmetry and diagonal always, the triangle
    inequality at every point for n <= 2000 and at 200 points beyond, under a deadline at as many of them as a fifth of its time allows.
    `checked` skips both for distances made a moment ago. Same matrix, same result. `device` (``cuda``, ``cuda:1``, ``cpu``) bounds the
    excesses by torch there, where they are needed; the rest, and with None all of it, is compiled loops.
    """
    check_room(len(D), SEARCH_BYTES, room)
    if device is not None:
        from hypviz.hyperbolicity.four_point.on_torch import check_device

        check_device(device, len(D), room)
    D = np.ascontiguousarray(D, dtype=np.float64)
    watch, diameter = Watch(work=work, deadline=deadline, limits=limits), float(D.max(initial=0.0))
    try:
        if not checked:
            check_metric(D, watch)
            check_triangles(D, watch)
    except OutOfTime:
        return Ends(n=len(D), diameter=diameter).result("checks", exact=False)
    ends = Ends(n=len(D), diameter=diameter, on_interval=on_interval)
    search = Search(Task(D=D, ends=ends, watch=watch, limits=limits, device=device))
    try:
        return ends.result(search.run(), exact=True)
    except OutOfTime:
        return ends.result(search.stage, exact=False)
