"""What is known about a language model: where it lies, what loading it costs, what it is, its tokens and its embedding rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8

from hypviz.records.base import Record
from hypviz.records.rows import Rows

FLOAT32, BFLOAT16 = "float32", "bfloat16"
CPU = "cpu"
TOKEN_KINDS = (
    "word start",
    "word continuation",
    "number",
    "punctuation",
    "whitespace",
    "byte fragment",
    "special",
    "unused",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef(Record):
    """A model that lies complete in a local folder.

    `source` is the MODEL the person gave, `kind` is ``bundled``, ``folder``, ``gguf`` or ``hub``, `path` the local folder, `revision` the
    commit hash of a hub snapshot, `dtype` the stored one of the weights (``bfloat16``), `fingerprint` the content hash. `quantised_rows`
    names the types in which the rows of the tables are quantised (``Q8_0``, ``MLX 4-bit``), None where they are plain numbers.
    `only_vocabulary`: the folder holds the tables and the tokenizer of a hub model, and no other weight. `number` is the format in which
    the model answers on this machine: float32, or bfloat16 where its memory has no room for that; `device` is where, by torch's name.
    """

    source: str
    kind: str
    path: str
    revision: str | None
    dtype: str
    fingerprint: str
    trust_remote_code: bool = False
    only_vocabulary: bool = False
    quantised_rows: str | None = None
    number: str = FLOAT32
    device: str = CPU

    @property
    def label(self) -> str:
        """The short name for headings and provenance lines, without the revision; it says of rows that are quantised to what."""
        if self.kind == "gguf":
            name = self.source.replace("\\", "/").rsplit("/", 1)[-1]
        elif self.kind == "folder":
            name = self.path.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
        else:
            name = self.source.split("#", 1)[0].split("@", 1)[0]
        return f"{name} ({self.quantised_rows} rows)" if self.quantised_rows else name

    @property
    def whole_source(self) -> str:
        """MODEL for the whole of it."""
        return self.source.split("#", 1)[0] if self.only_vocabulary else self.source

    @property
    def identity(self) -> str:
        """What a spec says of a model: its content, and how it is computed with where that is not as ever."""
        return self.fingerprint if self.number == FLOAT32 else f"{self.fingerprint} in {self.number}"

    @property
    def answering(self) -> str:
        """What a spec says of a model whose answers or states it asks for: also the kind of device, whose last digits are its own."""
        return self.identity if self.device == CPU else f"{self.identity} on {self.device.partition(':')[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerRef(Record):
    """The tokenizer of a model apart from its weights: `files` is the sha256 (hex) of all that decides how text is cut, `rows` the
    number of embedding rows."""

    model: ModelRef
    files: str
    rows: int

    @property
    def identity(self) -> dict[str, str | int]:
        """What a spec says of a tokenizer: its content, whichever model it lies beside."""
        return {"files": self.files, "rows": self.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCost(Record):
    """What loading a model will cost, known before any weight is read or downloaded.

    `memory_bytes` is what the model takes while it answers on this machine, with the rows that the pages hold; `n_parameters` counts the
    numbers in the weight files, where a tied output layer is stored once. `commit` is that of a hub model, None for any other;
    `as_downloaded`: the hub was not reached, and the commit is the one that was downloaded earlier. `quantised` is a sentence on weights
    that are quantised.
    """

    bytes_to_read: int
    bytes_to_download: int
    memory_bytes: int
    n_files: int
    n_parameters: int
    commit: str | None = None
    as_downloaded: bool = False
    quantised: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary(Record):
    """What a model is, from its configuration and its architecture on the meta device.

    `tied`: one table serves as input and output, by what the file holds. `embedding_scale` multiplies the embedding rows inside the model
    (sqrt(hidden_size) for Gemma, else 1). `linear_names` are the distinct last name components of the linear (or Conv1D) layers inside the
    blocks: what an adapter can target; their weights hold `n_linear_parameters` of the `n_parameters`. `fused` counts the parameters of the
    blocks' weights of three dimensions by name: experts that are stored in one piece, which no adapter reaches. `n_layers` are those that
    text goes through. `max_positions` is None where the architecture has no limit.
    """

    architecture: str
    model_type: str
    vocab_size: int
    hidden_size: int
    n_layers: int
    tied: bool
    dtype: str
    n_parameters: int
    embedding_scale: float
    max_positions: int | None
    linear_names: tuple[str, ...]
    n_linear_parameters: int
    fused: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTable(Record):
    """One line per embedding row: the token's text as typed (real spaces), its kind and whether it is special.

    `kind` (n,) uint8 indexes `TOKEN_KINDS`. Spare rows, which no token has (beyond the tokenizer's vocabulary or in a gap of it), are
    False in `has_token` (n,), kind ``unused`` and counted in `n_without_token`: no measure of the vocabulary takes them. Tokens that the
    tokenizer adds beyond the last row are left out and counted in `n_without_row`.
    """

    text: tuple[str, ...]
    kind: UInt8[np.ndarray, " n"]
    is_special: Bool[np.ndarray, " n"]
    has_token: Bool[np.ndarray, " n"]
    fingerprint: str
    n_without_token: int = 0
    n_without_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """The raw rows (n, d) float32 of a table, as stored: without the scale some architectures apply inside."""

    values: Rows
    tensor_name: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTextLoss(Record):
    """The mean loss in nats a token on `n_tokens` of a plain text, on the same tokens out of order, and of knowing nothing (ln V).

    `is_predicted` says that the text is predicted better than both, as a trained model with its own tokenizer does; `n_texts` counts the
    texts that were tried, all in vain where it is False.
    """

    language: str
    n_texts: int
    n_tokens: int
    loss: float
    shuffled: float
    chance: float
    is_predicted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNotices(Record):
    """What is to be known before believing a model: what the libraries warned of when it was read, and its loss on plain text.

    `plain_text` is None where it was not measured; `not_measured` is then the sentence that says why.
    """

    warnings: tuple[str, ...]
    plain_text: PlainTextLoss | None
    not_measured: str | None
