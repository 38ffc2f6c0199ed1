"""A question as it is asked: by a template, behind a system text and examples, as the text and the token ids that the model reads.

The same for answers, evaluations and the examples of a fine-tune. A text begins with the tokenizer's begin token exactly once, whoever
writes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.errors import HypvizError
from hypviz.models.tokenizer.chat import Chat, Piece, chat_of, end_of_turn
from hypviz.models.tokenizer.encoding import Encoder, require_rows
from hypviz.models.tokenizer.tokens import encoder
from hypviz.records.asking import CHAT, QUESTION, Asking
from hypviz.records.models import ModelRef
from hypviz.templates import ChatTemplate, TextTemplate, template_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text in its pieces, in some of which names of control tokens are these tokens."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All of it, control tokens by their names."""
        return "".join(piece.text for piece in self.pieces)

    def followed_by(self, other: Written) -> Written:
        """Both as one text: where they meet in the same kind of piece, no token ends there for that."""
        if not self.pieces or not other.pieces or self.pieces[-1].control != other.pieces[0].control:
            return Written(pieces=self.pieces + other.pieces)
        joined = Piece(text=self.pieces[-1].text + other.pieces[0].text, control=other.pieces[0].control)
        return Written(pieces=(*self.pieces[:-1], joined, *other.pieces[1:]))


def usual_template(ref: ModelRef) -> str:
    """The chat template where the model has one, else the plain question."""
    return QUESTION if chat_of(ref) is None else CHAT


def require_template(ref: ModelRef, asking: Asking) -> None:
    """`HypvizError` where there is no such template, or the model has none of its own, or it has no place for what is asked with it."""
    if isinstance(template_of(asking), ChatTemplate):
        _chat(ref)


def write_prompts(ref: ModelRef, asking: Asking, questions: Sequence[str], *, control_tokens: bool = False) -> list[Written]:
    """What the model continues for each question; with `control_tokens` their names in a text template's text are these tokens."""
    template = template_of(asking)
    if isinstance(template, ChatTemplate):
        written = _chat(ref).opened([template.turns(asking, question) for question in questions])
        return [Written(pieces=tuple(pieces)) for pieces in written]
    assert isinstance(template, TextTemplate)
    return [Written(pieces=(Piece(text=template.write(asking, question), control=control_tokens),)) for question in questions]


def write_answers(ref: ModelRef, asking: Asking, answers: Sequence[str]) -> list[Written]:
    """Worked answers as they follow the prompt, without what ends them."""
    template = template_of(asking)
    if isinstance(template, ChatTemplate):
        chat = _chat(ref)
        return [Written(pieces=tuple(chat.typed(chat.around_answer[0] + answer.strip()))) for answer in answers]
    assert isinstance(template, TextTemplate)
    return [Written(pieces=(Piece(text=template.before_answer + answer.strip(), control=False),)) for answer in answers]


def encode_written(ref: ModelRef, written: Sequence[Written], *, what: str = "The prompt") -> list[list[int]]:
    """Token ids per text as the model reads it, its begin token first and once."""
    reader = encoder(ref)
    return [_begun(reader, row) for row in encode_pieces(reader, written, what=what)]


def encode_pieces(reader: Encoder, written: Sequence[Written], *, what: str) -> list[list[int]]:
    """Token ids per text, nothing put before; texts of one piece are read together."""
    rows: list[list[int]] = [[] for _ in written]
    for control in (False, True):
        places = [i for i, one in enumerate(written) if len(one.pieces) == 1 and one.pieces[0].control is control]
        texts = [written[i].pieces[0].text for i in places]
        for i, ids in zip(places, reader.plain(texts, control_tokens=control, what=what), strict=True):
            rows[i] = ids
    for i, one in enumerate(written):
        if len(one.pieces) > 1:
            rows[i] = [k for piece in one.pieces for k in reader.plain([piece.text], control_tokens=piece.control, what=what)[0]]
    return rows


def end_of_answer(ref: ModelRef, asking: Asking) -> int:
    """The id behind a learned answer: the end of a turn in a chat, else of a text; `HypvizError` where there is none with a row."""
    reader, turn = encoder(ref), end_of_turn(ref) if isinstance(template_of(asking), ChatTemplate) else None
    if turn is not None and turn < reader.n_rows:
        return turn
    end: object = reader.tokenizer.eos_token_id
    if not isinstance(end, int):
        raise HypvizError(f"The tokenizer of {ref.label} has no end-of-text token, so answers cannot be learned; set eos_token in it.")
    require_rows(
        [end],
        n_rows=reader.n_rows,
        tokenizer=reader.tokenizer,
        label=ref.label,
        where="The end of every answer",
        advice="set eos_token in its tokenizer to a token that has one",
    )
    return end


def _chat(ref: ModelRef) -> Chat:
    chat = chat_of(ref)
    if chat is None:
        raise HypvizError(f"{ref.label} has no chat template; choose the template question or paper, or put its chat_template.jinja there.")
    return chat


def _begun(reader: Encoder, row: Sequence[int]) -> list[int]:
    """The ids with the begin token once: the one that the template has written, else the one that the tokenizer puts before a text."""
    begin, bos = list(reader.begin), reader.tokenizer.bos_token_id
    if not begin:
        own = sum(1 for _ in itertools.takewhile(lambda i: i == bos, row))
        return list(row[max(0, own - 1) :])
    n = len(begin)
    is_written = any(list(row[i : i + n]) == begin for i in range(1, len(row)))
    found = list(row) if is_written and list(row[:n]) != begin else reader.after_begin(row)
    assert found[: 2 * n] != begin + begin, "a text begins with one begin token"
    return found
