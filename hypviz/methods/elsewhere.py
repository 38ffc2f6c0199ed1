"""Adapters that are trained elsewhere, by the type PEFT gives them: what people call each, and why some cannot stand beside others here.

A type that is not named here is refused by name until someone has looked at what it does to its base.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A type of adapter: its name for people, and, where it is refused, what it does and the way round.

    `is_virtual`: it changes no layer, and has the model read virtual tokens before every text.
    """

    label: str
    refused: tuple[str, str] | None = None
    is_virtual: bool = False


_WITH_PEFT = "ask it with PEFT itself"


def _stands(label: str) -> Elsewhere:
    return Elsewhere(label=label)


def _virtual(label: str) -> Elsewhere:
    return Elsewhere(label=label, is_virtual=True)


ELSEWHERE: dict[str, Elsewhere] = {
    "ADALORA": _stands("AdaLoRA"),
    "ADAMSS": _stands("AdaMSS"),
    "ADAPTION_PROMPT": _stands("LLaMA-Adapter"),
    "BEFT": _stands("BEFT"),
    "BOFT": _stands("BOFT"),
    "C3A": _stands("C3A"),
    "CARTRIDGE": _virtual("Cartridge"),
    "CPT": _virtual("CPT"),
    "DEFT": _stands("DEFT"),
    "DELORA": _stands("DeLoRA"),
    "FOURIERFT": _stands("FourierFT"),
    "FROD": _stands("FRoD"),
    "GLORA": _stands("GLoRA"),
    "GRALORA": _stands("GraLoRA"),
    "HIRA": _stands("HiRA"),
    "HRA": _stands("HRA"),
    "IA3": _stands("IA3"),
    "LILY": _stands("Lily"),
    "LN_TUNING": _stands("LN tuning"),
    "LOHA": _stands("LoHa"),
    "LOKR": _stands("LoKr"),
    "MISS": _stands("MiSS"),
    "MULTITASK_PROMPT_TUNING": _virtual("Multitask prompt tuning"),
    "OFT": _stands("OFT"),
    "OSF": _stands("OSF"),
    "PEANUT": _stands("PEANuT"),
    "POLY": Elsewhere(label="Poly", refused=("mixes its parts by the number of a task, which a prompt does not have", _WITH_PEFT)),
    "PREFIX_TUNING": _virtual("Prefix tuning"),
    "PROMPT_TUNING": _virtual("Prompt tuning"),
    "PSOFT": _stands("PSOFT"),
    "PVERA": _stands("PVeRA"),
    "P_TUNING": _virtual("P-tuning"),
    "RANDLORA": _stands("RandLoRA"),
    "ROAD": _stands("RoAd"),
    "SHADOW": Elsewhere(label="Shadow", refused=("runs a second network beside the base", _WITH_PEFT)),
    "SHIRA": _stands("SHiRA"),
    "SUPERTUNING": _stands("Super tuning"),
    "TINYLORA": _stands("TinyLoRA"),
    "TRAINABLE_TOKENS": _stands("Trainable tokens"),
    "UNILORA": _stands("UniLoRA"),
    "VBLORA": _stands("VB-LoRA"),
    "VERA": _stands("VeRA"),
    "WAVEFT": _stands("WaveFT"),
    "XLORA": Elsewhere(label="X-LoRA", refused=("mixes other adapters, which its folder only names", "open one of those adapters instead")),
}
DORA = "dora"
WHOLE = "model"  # no adapter at all
_LABELS = {kind.lower(): entry.label for kind, entry in ELSEWHERE.items()} | {DORA: "DoRA", WHOLE: "Fine-tuned model"}


def label_of(method: str) -> str | None:
    """What people call the method of an adapter from elsewhere, named as `method_of` does; None for any other name."""
    return _LABELS.get(method)


def method_of(kind: str) -> str:
    """The name of a PEFT type among methods: ``ia3`` of ``IA3``."""
    return kind.lower()
