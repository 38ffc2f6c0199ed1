"""The Disk page: the vocabulary in the Poincaré disk."""
