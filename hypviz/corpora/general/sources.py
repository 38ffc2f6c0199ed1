"""The real texts behind the general word table: which files, what is taken of each, and under which licence it stands.

In: a folder with the files named here, in their publishers' formats. Out: texts (strings), one an entry, with the marks of their
formats undone: WikiText's separated punctuation, the multiple-choice frame of the LLM-Adapters files. Of word problems only the
question is taken, as in the paper (arXiv 2410.04010v2, Section 3); worked solutions are mostly equations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_CHOICE = re.compile(r"^Please choose the correct answer to the question: ")
_FORMAT = re.compile(r"\s*Answer format: [\w/]+\s*$")
_OPTION = re.compile(r"\s*\bAnswer\d+: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`files` below the given folder, `read` turns the content of one into texts; `licence` and `origin` are printed on the card."""

    name: str
    origin: str
    licence: str
    files: tuple[str, ...]
    read: Callable[[str], Iterator[str]]


def _gsm8k(content: str) -> Iterator[str]:
    for line in content.splitlines():
        yield json.loads(line)["question"]


def _instructions(content: str) -> Iterator[str]:
    for row in json.loads(content):
        yield rejoined(row["instruction"])


def _mawps(content: str) -> Iterator[str]:
    for row in json.loads(content):
        yield rejoined(row["original_text"])


def _aqua(content: str) -> Iterator[str]:
    for line in content.splitlines():
        yield json.loads(line)["question"]


def _choices(content: str) -> Iterator[str]:
    """Question and options apart; the answer only says the number of an option and is left out."""
    for row in json.loads(content):
        question, *options = _OPTION.split(_FORMAT.sub("", _CHOICE.sub("", row["instruction"])))
        yield from (question, *options)


def _wikitext(content: str) -> Iterator[str]:
    for line in content.splitlines():
        heading = re.fullmatch(r" ?(= )+(?P<text>.*?)( =)+ ?", line)
        yield rejoined(heading["text"] if heading else line)


def rejoined(text: str) -> str:
    """The text with punctuation where a person puts it, for corpora that write spaces around it; quotes are taken in pairs."""
    text = re.sub(r" @([-,.])@ ", r"\1", text.strip())
    text = re.sub(r' " (.*?) "(?= |$)', r' "\1"', f" {text}").strip()
    text = re.sub(r"(?<! \.) ([.,?!;:)\]%])(?! \.)", r"\1", text)
    text = re.sub(r" ('(?:s|t|re|ve|ll|d|m)?)(?=[ .,;:?!]|$)", r"\1", text)
    return re.sub(r"([(\[$]) ", r"\1", text)


SOURCES = (
    Source(
        name="WikiText-2 (validation and test)",
        origin="Wikipedia, by way of pytorch/examples",
        licence="CC BY-SA",
        files=("wikitext2/valid.txt", "wikitext2/test.txt"),
        read=_wikitext,
    ),
    Source(name="GSM8K (training)", origin="openai/grade-school-math", licence="MIT", files=("gsm8k/train.jsonl",), read=_gsm8k),
    Source(
        name="LLM-Adapters math data",
        origin="AGI-Edgerunners/LLM-Adapters",
        licence="Apache-2.0, data ODC-By",
        files=("math_data/math_data.json",),
        read=_instructions,
    ),
    Source(
        name="MAWPS (training)",
        origin="AGI-Edgerunners/LLM-Adapters",
        licence="Apache-2.0, data ODC-By",
        files=("mawps/trainset.json",),
        read=_mawps,
    ),
    Source(name="AQuA (development)", origin="google-deepmind/AQuA", licence="Apache-2.0", files=("aqua/dev.json",), read=_aqua),
    Source(
        name="ARC, easy and challenge (training)",
        origin="AI2, by way of AGI-Edgerunners/LLM-Adapters",
        licence="CC BY-SA",
        files=("commonsense/ARC-Easy-train.json", "commonsense/ARC-Challenge-train.json"),
        read=_choices,
    ),
    Source(
        name="OpenBookQA (training)",
        origin="AI2, by way of AGI-Edgerunners/LLM-Adapters",
        licence="Apache-2.0",
        files=("commonsense/openbookqa-train.json",),
        read=_choices,
    ),
)


def texts_of(source: Source, folder: Path) -> Iterator[str]:
    """The texts of one source; raises `FileNotFoundError` for a file that is not there."""
    for name in source.files:
        yield from source.read((folder / name).read_text(encoding="utf-8"))
