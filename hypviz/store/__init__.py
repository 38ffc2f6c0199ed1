"""Files, keys and atomic writes: everything the project keeps between runs lives under one root."""

from hypviz.store.atomic import write_atomically
from hypviz.store.entries import Lookup, Store, canonical_key
from hypviz.store.root import cache_root

__all__ = ["Lookup", "Store", "cache_root", "canonical_key", "write_atomically"]
