"""The one error family of the project.

Every message says what happened, with which value, and what to do next, in one sentence that a page can show and the
command line can print. Subclasses exist only where a caller acts differently on them.
"""

from collections.abc import Sequence


class HypvizError(Exception):
    """Something the person can act on; ``str(error)`` is the sentence to show."""


class ModelError(HypvizError):
    """The chosen model cannot be used; pages send the person back to Start."""


class ModelGone(ModelError):
    """A folder or file of a model that was read here before is there no more."""


class AdapterError(HypvizError):
    """An adapter does not belong to the loaded base model or cannot be read."""


class BaseChanged(AdapterError):
    """Adapters have changed the loaded base model: whoever keeps that model lets it go, and keeps no answer of it."""


class UnknownColumns(HypvizError):
    """A file of rows in whose `columns` no question and answer is known, so that a person may name them; `rows` are as read."""

    def __init__(self, words: str, columns: Sequence[str], rows: Sequence[object]) -> None:
        super().__init__(words)
        self.columns, self.rows = tuple(columns), tuple(rows)


class Stopped(HypvizError):
    """A long computation was asked to stop before it had a result."""
