"""Problem sets that others have published, by name: where each lies, which of its splits is learned and which asked, and its rows."""

from hypviz.corpora.published.reading import published_set
from hypviz.corpora.published.table import PUBLISHED, PublishedSet

__all__ = ["PUBLISHED", "PublishedSet", "published_set"]
