"""The four-point delta: exact over all quadruples, or as an interval that contains it."""
