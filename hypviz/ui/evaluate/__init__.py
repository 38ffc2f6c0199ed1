"""The Evaluate page: a whole problem set, counted."""
