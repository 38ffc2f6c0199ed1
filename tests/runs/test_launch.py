"""What a worker's process inherits."""

from __future__ import annotations

from hypviz.runs.launch import _environment


def test_few_compiled_shapes_are_kept_unless_someone_says_otherwise(monkeypatch):
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    assert _environment()["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "64"
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "9")
    assert _environment()["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "9"


def test_the_store_is_named_by_its_whole_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYPVIZ_CACHE", "here")
    assert _environment()["HYPVIZ_CACHE"] == str(tmp_path / "here")
