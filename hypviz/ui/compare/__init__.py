"""The Compare page: one prompt, answered by the base and its adapters side by side."""
