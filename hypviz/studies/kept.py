"""Where results are kept, as pages and commands see it: the store, its keys, and files written whole."""

from hypviz.store import Lookup, Store, cache_root, canonical_key, write_atomically
from hypviz.store.entries import RUNS
from hypviz.store.root import shipped_root

__all__ = ["RUNS", "Lookup", "Store", "cache_root", "canonical_key", "shipped_root", "write_atomically"]
