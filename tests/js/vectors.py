"""Known answers for the disk's JavaScript, computed with 60 digits: ``python -m tests.js.vectors`` writes ``vectors.json``.

Isometries are matrices (a, b; conj b, conj a) of SU(1,1), points of the disk complex numbers; a camera (d, angle, turn) takes the point at
distance d in direction `angle` to the middle and turns the view by `turn`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from tests.studies.disk.test_scene import make_scene

FILE = Path(__file__).with_name("vectors.json")
REACH = 45.0
WORDS = {"key": "k", "model": "m", "source": "s", "counted": True, "neighbours": 10, "colours": {"missing": "#888888", "mark": "#D55E00"}}
CAMERAS = [(0.0, 0.0, 0.0), (0.5, 2.0, 0.0), (7.5, -1.25, 2.5), (19.75, 0.375, -1.0)]
POINTS = [(0.0, 0.0), (0.25, 3.0), (1.0, -2.0), (5.5, 0.5), (12.0, 1.75), (19.75, 0.375), (20.0, -3.0)]
WAYS = [((3, 1, 2.5), (5, -2, -1)), ((0, 0, 0), (8, 1, 0.5)), ((4, 2, 1), (4, 2, -2)), ((12, 0.25, 0), (12, 3, 0))]
VIEWPOINTS = [
    # the text of a link, the farthest token, and whether it is a point of view there
    ("1,0,0,0,poincare", 3.0, True),
    ("1,0,0,0", 3.0, True),
    ("1e0,0.0,-0,+0,native", 0.0, True),
    ("1.25,0,0.75,0,klein", 3.0, True),
    ("1.25,0,0.75,0.1,klein", 3.0, False),  # of no isometry
    ("1.25,0,0.75,0,mercator", 3.0, False),
    ("1.25,0,0.75,0,constructor", 3.0, False),
    ("1.25,0,0.75,0,klein,", 3.0, False),
    ("1.25,0,0.75", 3.0, False),
    ("1,0,0,,poincare", 3.0, False),
    ("1,0,0,0x0,poincare", 3.0, False),
    ("1,0,0,nan,poincare", 3.0, False),
    ("1,0,0,١,poincare", 3.0, False),
    ("1e999,0,1e999,0,poincare", 3.0, False),
    ("201.00124378109454,0,200.99875621890546,0,poincare", 3.0, True),  # 11.993 from the centre
    ("201.00124378109454,0,200.99875621890546,0,poincare", 2.9, False),
    ("home", 3.0, False),
]
SHARES = [0.0, 0.25, 0.5, 0.875]
TEXTS = ("<b>a</b>", " dog", "dog", " Dog", "dogs", " hotdog", "cat", "\n", "日本", "")


def all_vectors() -> dict[str, Any]:
    """Everything, as JSON holds it."""
    with mpmath.workdps(60):
        return {
            "reach": REACH,
            "scene": _scene(),
            "projections": [_projection(camera, view) for camera in CAMERAS for view in ("poincare", "klein", "native")],
            "ways": [_way(start, end) for start, end in WAYS],
            "transvections": [_transvection(p, q) for p, q in ((1, 2), (3, 0), (4, 3), (2, 2))],
            "geodesics": [_geodesic(p, q) for p, q in ((1, 2), (3, 4), (0, 3))],
            "distances": [{"p": p, "q": q, "d": float(_distance(_point(p), _point(q)))} for p in POINTS for q in POINTS],
            "places": [_place(view, x, y) for view in ("poincare", "klein", "native") for x, y in ((0.0, 0.0), (0.5, -0.25), (-0.9, 0.1))],
            "viewpoints": [{"text": text, "farthest": farthest, "there": there} for text, farthest, there in VIEWPOINTS],
            "areas": [{"d": d, "area": float(4 * mpmath.pi * mpmath.sinh(mpmath.mpf(d) / 2) ** 2)} for d in (1, 2, 7, 20)],
        }


def _scene() -> dict[str, Any]:
    """A scene in bytes, and what is in it."""
    scene = make_scene(len(TEXTS), text=TEXTS, words=WORDS)
    columns = {name: getattr(scene, name).tolist() for name in ("token_ids", "rho", "theta", "counts", "norm", "kept")}
    values = {one.name: [None if np.isnan(v) else v for v in one.colour.values.tolist()] for one in scene.colours}
    groups = {one.name: [[g.label, g.colour, g.shape] for g in one.colour.groups or ()] for one in scene.colours}
    return {"bytes": base64.b64encode(scene.to_bytes()).decode(), "text": TEXTS, "values": values, "groups": groups, **columns}


def _matrix(camera: tuple[float, float, float]) -> tuple[Any, Any]:
    """(a, b) of a camera."""
    d, angle, turn = (mpmath.mpf(x) for x in camera)
    half = mpmath.expj(turn / 2)
    return half * mpmath.cosh(d / 2), -half * mpmath.sinh(d / 2) * mpmath.expj(angle)


def _times(p: tuple[Any, Any], q: tuple[Any, Any]) -> tuple[Any, Any]:
    return p[0] * q[0] + p[1] * mpmath.conj(q[1]), p[0] * q[1] + p[1] * mpmath.conj(q[0])


def _inverse(m: tuple[Any, Any]) -> tuple[Any, Any]:
    return mpmath.conj(m[0]), -m[1]


def _act(m: tuple[Any, Any], z: Any) -> Any:
    return (m[0] * z + m[1]) / (mpmath.conj(m[1]) * z + mpmath.conj(m[0]))


def _point(p: tuple[float, float]) -> Any:
    return mpmath.tanh(mpmath.mpf(p[0]) / 2) * mpmath.expj(mpmath.mpf(p[1]))


def _pair(z: Any) -> list[float]:
    return [float(z.real), float(z.imag)]


def _coordinates(z: Any) -> dict[str, float]:
    """(cosh(rho/2), sinh(rho/2) e^(i theta))."""
    c = 1 / mpmath.sqrt(1 - abs(z) ** 2)
    return {"c": float(c), "u": float(c * z.real), "v": float(c * z.imag)}


def _distance(z: Any, w: Any) -> Any:
    return 2 * mpmath.atanh(abs(z - w) / abs(1 - mpmath.conj(w) * z))


def _projection(camera: tuple[float, float, float], view: str) -> dict[str, Any]:
    places = []
    for point in POINTS:
        w = mpmath.mpc(_act(_matrix(camera), _point(point)))
        r = abs(w)
        size = {"poincare": r, "klein": 2 * r / (1 + r * r), "native": 2 * mpmath.atanh(r) / REACH}[view]
        places.append(_pair(mpmath.mpc(w / r * size)) if r else [0.0, 0.0])
    return {"camera": camera, "view": view, "points": POINTS, "places": places}


def _way(start: tuple[float, float, float], end: tuple[float, float, float]) -> dict[str, Any]:
    """The length of a way, and where it shows a point at some shares of it: a turn and a translation in equal parts."""
    first = _matrix(start)
    a, b = _times(_matrix(end), _inverse(first))
    turn = 2 * mpmath.arg(a)
    whole = mpmath.atan2(mpmath.sin(turn), mpmath.cos(turn))
    d, angle = 2 * mpmath.asinh(abs(b)), mpmath.arg(-b) - turn / 2
    seen = []
    for share in map(mpmath.mpf, SHARES):
        camera = _times(_matrix((share * d, angle, share * whole)), first)
        seen.append(_coordinates(mpmath.mpc(_act(camera, _point(POINTS[2])))))
    return {"start": start, "end": end, "d": float(d), "point": POINTS[2], "shares": SHARES, "seen": seen}


def _transvection(p: int, q: int) -> dict[str, Any]:
    """Where the translation that takes one point to another takes a third: p to the middle, the geodesic's direction, and back."""
    z, w, other = (_point(POINTS[i]) for i in (p, q, 3))
    away = (1 / mpmath.sqrt(1 - abs(z) ** 2), -z / mpmath.sqrt(1 - abs(z) ** 2))
    t = _act(away, w)
    there = (1 / mpmath.sqrt(1 - abs(t) ** 2), t / mpmath.sqrt(1 - abs(t) ** 2))
    moved = _act(_inverse(away), _act(there, _act(away, other)))
    return {"p": _coordinates(z), "q": _coordinates(w), "other": _coordinates(other), "moved": _coordinates(mpmath.mpc(moved))}


def _geodesic(p: int, q: int, steps: int = 4) -> dict[str, Any]:
    z, w = _point(POINTS[p]), _point(POINTS[q])
    away = (1 / mpmath.sqrt(1 - abs(z) ** 2), -z / mpmath.sqrt(1 - abs(z) ** 2))
    t = _act(away, w)
    far, way = 2 * mpmath.atanh(abs(t)), t / abs(t)
    stops = [mpmath.mpc(_act(_inverse(away), mpmath.tanh(far * s / (2 * steps)) * way)) for s in range(steps + 1)]
    return {"p": _coordinates(z), "q": _coordinates(w), "steps": steps, "stops": [_coordinates(stop) for stop in stops]}


def _place(view: str, x: float, y: float) -> dict[str, Any]:
    """The point under a place of the drawing."""
    r = mpmath.hypot(x, y)
    rho = {"poincare": 2 * mpmath.atanh(r), "klein": mpmath.atanh(r), "native": r * REACH}[view]
    z = mpmath.tanh(rho / 2) * mpmath.mpc(x, y) / r if r else mpmath.mpc(0)
    return {"view": view, "x": x, "y": y, "point": _coordinates(z)}


if __name__ == "__main__":
    FILE.write_text(json.dumps(all_vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
