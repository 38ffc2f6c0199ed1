"""The questions: one frozen record each, a file for every subject."""
