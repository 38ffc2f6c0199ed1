"""The layout methods: one file each, ending in ENTRY."""
