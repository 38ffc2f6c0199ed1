"""Plotly figures from records; pure functions, one file per subject, each returning a `Chart`."""
