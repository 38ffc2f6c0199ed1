"""What the weight files of a model hold beside what config.json says, from their headers and a look at the two tables; loads nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import Checkpoint, open_checkpoint
from hypviz.models.checkpoint.gguf_header import read_gguf, type_bits
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor
from hypviz.models.checkpoint.stored_state import Plan, plan_loading, unused_sentence
from hypviz.models.checkpoint.tables import language_model_alone
from hypviz.models.live.architecture import architecture_of, no_answers
from hypviz.models.live.config import one_line, rows_of_the_whole
from hypviz.models.live.description import description, skeleton
from hypviz.models.live.gguf_rope import FACTORS, are_applied
from hypviz.models.live.libraries import BUILDING, transformers_library
from hypviz.models.live.summary import passed_over
from hypviz.records.base import Record
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


_ROPE_TENSORS = {FACTORS, "rope_factors_long.weight", "rope_factors_short.weight"}  # of GGUF, which transformers passes over


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents(Record):
    """`input_table` and `output_table` are names of stored tensors, `output_table` None where there is none.

    `tied_in_config` is what config.json says, `shared` whether one table serves as both. `n_renamed` tensors lie under names that wrappers
    or outer modules gave them, `n_float8` weights are float8 and go with `n_scales` scales. `missing` are parameters without a stored
    tensor, `unused` stored tensors without a parameter; `refusal` says why the model cannot be loaded as it lies there. Where the files are
    the vocabulary alone (`only_vocabulary`) nothing else is looked for; `first_rows_of` is how many rows the whole tables have where only
    the first ones are there. `quantised_rows` and `row_bits` say of quantised tables in which type their rows are stored and how many bits
    that takes for a number; both are None for plain numbers. `n_packed` weights of safetensors files are packed, in the formats
    `packed_as`. `within` is the model_type of the larger model of which the language model is opened alone, and `n_aside` how many of its
    tensors are left aside; `no_answers` is the sentence that says why it cannot answer, and `reads_text` whether its layers can be
    measured all the same. `passed_over` are the blocks, from 0, through which no text by itself goes.
    """

    input_table: str
    output_table: str | None
    tied_in_config: bool
    shared: bool
    n_renamed: int
    n_float8: int
    n_scales: int
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    refusal: str | None
    only_vocabulary: bool = False
    first_rows_of: int | None = None
    quantised_rows: str | None = None
    row_bits: float | None = None
    within: str | None = None
    n_aside: int = 0
    no_answers: str | None = None
    reads_text: bool = True
    passed_over: tuple[int, ...] = ()
    n_packed: int = 0
    packed_as: str = ""


def file_contents(ref: ModelRef) -> FileContents:
    """What the files of a resolved model hold; raises `ModelError` as reading its input table does."""
    folder = Path(ref.path)
    checkpoint = open_checkpoint(folder)
    tables = description(ref).tables
    plan, refusal, missing, n_aside = None, None, (), 0
    why, architecture = no_answers(ref), architecture_of(folder, trust_remote_code=ref.trust_remote_code)
    unused = _unused_factors(checkpoint, architecture.config)
    try:
        alone = checkpoint if architecture.within is None else language_model_alone(checkpoint, tables, skeleton(ref))
        n_aside, config = len(checkpoint.tensors) - len(alone.tensors), architecture.config
        plan = plan_loading(alone, outer=tables.outer, label=ref.label) if why is None and checkpoint.gguf is None else None
        if plan and not ref.only_vocabulary:
            missing, unused = _on_paper(type(skeleton(ref)), config, alone, plan)
    except ModelError as error:
        refusal = str(error)
    names = checkpoint.tensors
    return FileContents(
        input_table=names[tables.input].name,
        output_table=names[tables.output].name if tables.output is not None else None,
        tied_in_config=tables.tied_in_config,
        shared=tables.shared,
        n_renamed=_n_renamed(checkpoint, tables.outer),
        n_float8=len(plan.float8) if plan else 0,
        n_scales=plan.n_scales if plan else 0,
        missing=missing,
        unused=tuple(sorted(unused)),
        refusal=refusal,
        only_vocabulary=ref.only_vocabulary,
        first_rows_of=rows_of_the_whole(folder),
        quantised_rows=ref.quantised_rows,
        row_bits=_row_bits(names[tables.input]) if ref.quantised_rows else None,
        within=architecture.within,
        n_aside=n_aside,
        no_answers=why,
        reads_text=architecture.reads_text,
        passed_over=passed_over(architecture.config),
        n_packed=sum(isinstance(tensor, PackedTensor) for tensor in names.values()),
        packed_as=" and ".join(dict.fromkeys(t.dtype for t in names.values() if isinstance(t, PackedTensor))),
    )


def _unused_factors(checkpoint: Checkpoint, config: PreTrainedConfig) -> Collection[str]:
    """The factors of positions in a GGUF file that its configuration does not stand for."""
    if checkpoint.gguf is None:
        return ()
    found = _ROPE_TENSORS & checkpoint.tensors.keys()
    return found - {FACTORS} if FACTORS in found and are_applied(config, read_gguf(checkpoint.gguf)) else found


def _n_renamed(checkpoint: Checkpoint, outer: str) -> int:
    """How many plain tensors of safetensors files lie under other names than the architecture's, which those behind `outer` are."""
    if checkpoint.gguf is not None:
        return 0
    return sum(n.removeprefix(outer) != t.name for n, t in checkpoint.tensors.items() if not isinstance(t, PackedTensor))


def _row_bits(table: StoredTensor) -> float | None:
    """Bits of a number in a table, with its share of the scales in a GGUF file; None for plain numbers beside a quantised table."""
    if isinstance(table, PackedTensor):
        return table.bits
    return None if table.dtype in TORCH_NAMES else type_bits(table.dtype)


def contents_sentences(contents: FileContents, *, label: str, architecture: str) -> list[str]:
    """What the person must know of the files: which table is which, and whatever the architecture makes of them that is not plain."""
    lines = [table_sentence(contents), *_what_of_it(contents, label, architecture)]
    if contents.n_renamed:
        lines.append(
            f"{contents.n_renamed:,} tensors lie under the names of what the model was wrapped in when it was saved; every page reads them "
            "by their own."
        )
    if contents.n_float8:
        scales = f", each times its scale ({contents.n_scales:,} tensors)" if contents.n_scales else ""
        lines.append(f"{contents.n_float8:,} weights are stored in 8 bits and are used as the numbers they stand for{scales}.")
    if contents.missing:
        some = ", ".join(contents.missing[:3]) + (", …" if len(contents.missing) > 3 else "")
        lines.append(
            f"The files lack {len(contents.missing):,} tensors that {architecture} needs ({some}): its vocabulary can be looked at, but "
            "answering, fine-tuning and measuring layers will be refused."
        )
    if contents.unused:
        lines.append(unused_sentence(label, architecture, list(contents.unused)))
    if contents.refusal:
        lines.append(f"Its vocabulary can be looked at, but the model cannot be loaded: {contents.refusal}")
    return lines


def _what_of_it(contents: FileContents, label: str, architecture: str) -> list[str]:
    """What part of a model this is, and what its rows are."""
    lines: list[str] = []
    if contents.quantised_rows is not None:
        lines.append(
            f"Its rows are quantised to {contents.quantised_rows} ({_bits_words(contents.row_bits)}): every "
            "picture and measure is of what those bits keep of the rows, and the whole model is used as the plain numbers its weights "
            "stand for."
        )
    if contents.n_packed and contents.refusal is None:
        lines.append(
            f"{contents.n_packed:,} of its weights are quantised ({contents.packed_as}): the whole model is used as the plain numbers they "
            "stand for, in the memory that those take, and what was lost when it was quantised stays lost."
        )
    if contents.no_answers is not None:
        lines.append(f"{contents.no_answers} {what_works(reads_text=contents.reads_text)}")
    if contents.within is not None:
        aside = f", and {contents.n_aside:,} other tensors in its files are left aside" if contents.n_aside else ""
        lines.append(
            f"It is a {contents.within}, a model that takes more than text: its language model ({architecture}) is opened alone{aside}."
        )
    if contents.passed_over:
        numbers = ", ".join(str(i + 1) for i in contents.passed_over)
        lines.append(
            f"{len(contents.passed_over):,} of its blocks ({numbers}, counted from 1) look at pictures and are passed over on text alone: "
            "they are no layers here, nothing is measured in them, and an adapter on them learns nothing."
        )
    if contents.only_vocabulary:
        lines.append(
            f"Only the vocabulary of {label} is on this machine: Disk, Frequency & norm and Hyperbolicity work on it; Layers, Fine-tune, "
            "Compare and Evaluate need the whole model."
        )
    if contents.first_rows_of is not None:
        lines.append(
            f"It is the first rows of tables of {contents.first_rows_of:,}: the other tokens are in no picture and no measure, and texts "
            "are counted without them."
        )
    return lines


def what_works(*, reads_text: bool) -> str:
    """Which pages a model that cannot answer has."""
    tables = "Disk, Frequency & norm and Hyperbolicity work on its tables"
    return f"{tables}, Layers on the layers that read text." if reads_text else f"{tables}."


def _bits_words(bits: float | None) -> str:
    return "the input table is plain numbers" if bits is None else f"the input table takes {bits:g} bits a number"


def table_sentence(contents: FileContents) -> str:
    """What the files hold, what the configuration says (GGUF has no config.json), and which table each page uses, in one sentence."""
    first, second = contents.input_table, contents.output_table
    reads = "Frequency & norm and the hierarchy use the input table, Disk and Hyperbolicity either by its name"
    if second is None:
        return f"The files hold one table, {first}, with which the model reads; no output table is in them, so every page uses this one."
    if second == first:
        return f"One table, {first}, serves as input and output, as the configuration says; every page uses it."
    if contents.shared and contents.tied_in_config:
        return f"The files hold the shared table twice, as {first} and {second}, with equal numbers; every page uses it."
    if contents.shared:
        return (
            f"The configuration says that input and output have tables of their own, but {first} and {second} hold equal numbers: every "
            "page measures one and the same table, and the model reads and answers with it."
        )
    if contents.tied_in_config:
        return (
            f"The configuration says that input and output share one table, but the files hold two different ones: the model reads with "
            f"{first} (input) and answers with {second} (output); {reads}."
        )
    return f"Two tables, as the configuration says: the model reads with {first} (input) and answers with {second} (output); {reads}."


def _on_paper(
    architecture: type[PreTrainedModel], config: PreTrainedConfig, checkpoint: Checkpoint, plan: Plan
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which parameters stay without a tensor and which tensors without a parameter: loaded by transformers' own rules, without numbers."""
    import torch

    speech = transformers_library().utils.logging
    state = {name: torch.empty(checkpoint.tensors[source].shape, device="meta") for name, source in plan.sources.items()}
    vars(config).pop("quantization_config", None)
    with BUILDING:
        before = speech.get_verbosity()
        speech.set_verbosity(speech.CRITICAL)  # what it would print is in its report
        try:
            loaded: Any = architecture.from_pretrained(None, config=config, state_dict=state, device_map="meta", output_loading_info=True)
            report: dict[str, list[str]] = loaded[1]
        except Exception as error:  # shapes that do not fit, in whatever way an architecture says so
            raise ModelError(f"its weights do not fit its configuration ({one_line(error)}).") from error
        finally:
            speech.set_verbosity(before)
    return tuple(sorted(report["missing_keys"])), tuple(sorted(report["unexpected_keys"]))
