"""What pages and commands ask of the models on this machine, and of those worth fetching."""

from hypviz.models.here.listing import models_here
from hypviz.models.source.roots import VARIABLE
from hypviz.models.source.suggested import AS_OF, SUGGESTED

__all__ = ["AS_OF", "SUGGESTED", "VARIABLE", "models_here"]
