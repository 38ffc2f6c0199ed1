"""Frozen records that flow between the layers; each submodule holds the records of one subject."""

from hypviz.records.base import Provenance, Record, Stored, read_only
from hypviz.records.decoding import Unreadable

__all__ = ["Provenance", "Record", "Stored", "Unreadable", "read_only"]
