"""The staged models and adapters, for what answers with them."""

from tests.stages import adapters, columns, stage, stages

__all__ = ["adapters", "columns", "stage", "stages"]
