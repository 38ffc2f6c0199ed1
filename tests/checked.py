"""The checker of annotations in tests: beartype, which takes a whole number where a number is asked for, as type checkers do."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

call = beartype(conf=BeartypeConf(is_pep484_tower=True))
