"""A fine-tune from a few choices: planned, started, followed, repeated with other seeds, and taken home."""
