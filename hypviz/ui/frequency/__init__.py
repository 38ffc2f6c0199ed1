"""The Frequency & norm page."""
