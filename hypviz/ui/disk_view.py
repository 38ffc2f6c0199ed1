"""The drawing component of the Disk page: a `DiskView` in, the clicked token's id out. Another component can take its place."""

from __future__ import annotations

from hypviz.plots.disk import disk_chart
from hypviz.records.disk_view import DiskView
from hypviz.ui.charts import show


def pick_token(view: DiskView, key: str) -> int | None:
    """Draw the view; the token id of a point that was clicked, else None. A new `key` starts without a click."""
    event = show(disk_chart(view), key, selectable=True)
    points = event.selection.points if event is not None else []
    for point in points:
        data = point.get("customdata")
        if data is not None and len(data):
            return int(data[0])
    return None
