"""The type checker finds nothing outside its list of exceptions, and the list holds nothing that is mended."""

from __future__ import annotations

import pytest

from tests.house import owed
from tests.house.types import LIST, by_file, check


@pytest.mark.slow
def test_types_hold_and_the_list_of_exceptions_only_shrinks() -> None:
    complaints = check()
    verdict = owed.judge(LIST, by_file(complaints))
    new = [each.text for each in complaints if each.rule in verdict.new.get(each.file, ())]
    assert not new, "new type errors:\n" + "\n".join(new)
    assert not verdict.paid, f"mended: python -m tests.house.types --strike: {dict(verdict.paid)}"
