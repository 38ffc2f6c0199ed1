"""The forms of problem rows: one file a form that says by its columns whether a row is of it, and reads it.

`FORMS` are asked in their order; the first that fits reads the row (`read_row`).
"""

from hypviz.corpora.forms.entry import Form, Reading, read_row
from hypviz.registry import Registry

FORMS: Registry[Form] = Registry(__name__, Form, noun="form of problem rows")

__all__ = ["FORMS", "Form", "Reading", "read_row"]
