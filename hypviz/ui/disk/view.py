"""The drawing component of the Disk page: a `DiskView` in, the clicked token's id out. Another component can take its place."""

from __future__ import annotations

from hypviz.plots.disk import disk_chart
from hypviz.records.disk_view import DiskView
from hypviz.ui.shell.charts import show


def pick_token(view: DiskView, key: str) -> int | None:
    """Draw the view; the token id of a point that was clicked, else None. A new `key` starts without a click."""
    event = show(disk_chart(view), key, selectable=True, file="disk")
    points = event.selection.points if event is not None else []
    return next((token for point in points if (token := _token_id(point.get("customdata"))) is not None), None)


def _token_id(data: object) -> int | None:
    """The first entry of a point's customdata, which the browser sends as a list or as an object with the keys "0", "1", ..."""
    if isinstance(data, dict):
        data = data.get("0", data.get(0))
    elif isinstance(data, (list, tuple)):
        data = data[0] if data else None
    return int(data) if isinstance(data, (int, float)) else None
