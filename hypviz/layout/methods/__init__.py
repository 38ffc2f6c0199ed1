"""The layout methods, one file each."""
