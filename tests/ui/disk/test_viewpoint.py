"""The point of view of a link: the page finds unreadable what the component does."""

from __future__ import annotations

import re

import pytest

from hypviz.errors import HypvizError
from hypviz.ui.disk.joining import package_source
from hypviz.ui.disk.viewpoint import BEYOND, VIEWS, check_viewpoint
from tests.js.vectors import VIEWPOINTS


@pytest.mark.parametrize(("text", "farthest", "there"), VIEWPOINTS)
def test_a_text_is_a_point_of_view_where_the_component_takes_it(text, farthest, there):
    if there:
        check_viewpoint(text, farthest=farthest)
        return
    with pytest.raises(HypvizError) as refused:
        check_viewpoint(text, farthest=farthest)
    assert f"camera={text}," in str(refused.value) and "usual view" in str(refused.value)


def test_a_long_text_is_cut():
    with pytest.raises(HypvizError) as refused:
        check_viewpoint("1," * 5_000, farthest=3.0)
    assert len(str(refused.value)) < 400


def test_views_and_reach_are_those_of_the_component():
    (views,) = re.findall(r"^export const VIEWS = \{(.*)\};$", package_source("projection"), re.MULTILINE)
    assert tuple(re.findall(r"(\w+): \"", views)) == VIEWS
    (beyond,) = re.findall(r"^const BEYOND = (\d+);", package_source("pointer"), re.MULTILINE)
    assert float(beyond) + 1 == BEYOND and "farthestView(scene) + 1" in package_source("memory")
