"""The settings of a run, for people: everything that decided its numbers."""

from __future__ import annotations

import streamlit as st

from hypviz.methods import title_of
from hypviz.records.runs import RunRecord, RunSpec
from hypviz.studies.finetune import shelf
from hypviz.ui.shell.charts import provenance
from hypviz.words.asking import asking_words
from hypviz.words.numbers import counted
from hypviz.words.runs import memory_taken, time_taken


def show_settings(record: RunRecord) -> None:
    """Settings and log, folded away, and the line that says where the run comes from."""
    with st.expander("Settings of this run", icon=":material/list_alt:"):
        rows = settings(record)
        half = -(-len(rows) // 2)
        for column, part in zip(st.columns(2), (list(rows.items())[:half], list(rows.items())[half:]), strict=True):
            column.table(dict(part), border="horizontal")
    if not record.log_tail:  # else it is shown above
        with st.expander("Log of the training process", icon=":material/description:"):
            st.code(shelf.log_of(record.run_id) or "Nothing yet.", language=None)
    versions = " · ".join(f"{name} {version}" for name, version in sorted(record.versions.items()))
    base = record.spec.base
    provenance(f"{base.label} · base {base.fingerprint[:12]} · seed {record.spec.seed}" + (f" · {versions}" if versions else ""))


def settings(record: RunRecord) -> dict[str, str]:
    """Name to value, in the order of the form."""
    spec = record.spec
    radius = f"typical, c = {spec.c:g}" if spec.radius == "typical" else _calibrated(record)
    counts = f"{record.n_examples:,} used, {record.n_too_long:,} too long" if record.n_examples else f"{record.n_problems:,}"
    return {
        "Members": ", ".join(title_of(method) for method in spec.methods),
        "Asked by": asking_words(spec.asking),
        "Problems": f"{spec.problems} ({counts})",
        "Steps of each member": f"{spec.steps:,}",
        "Problems per step": f"{spec.batch}" + (f" in {spec.accumulate} parts{_chosen(record)}" if spec.accumulate > 1 else ""),
        "Rank r": str(spec.rank),
        "Alpha": alphas(spec),
        "Learning rate": f"{spec.lr:g}, {spec.warmup} warm-up steps, then linearly to 0",
        "Layers": ", ".join(spec.targets),
        "HypLoRA's radius": radius + (", trained" if spec.learn_c else ", fixed"),
        "Adapted as LoRA": _beyond(spec),
        "Seed": str(spec.seed),
        "Longest example": counted(spec.max_tokens, "token"),
        "Arithmetic": f"{spec.precision} on {spec.device}, {counted(spec.processes, 'process')} with {counted(spec.threads, 'thread')}",
        "Gradient clipped at": f"{spec.clip_norm:g}, {'each adapted layer by itself' if spec.clip == 'layer' else 'all layers together'}",
        "Memory of the process": memory_taken(record) or "not measured",
        "Time": time_taken(record) or "not measured yet",
        "Folder": record.folder,
    }


def alphas(spec: RunSpec) -> str:
    """LoRA's alpha, and HypLoRA's where it has its own: ``32``, ``64, HypLoRA 128``."""
    own = "" if spec.hyplora_alpha is None else f", HypLoRA {spec.hyplora_alpha:g}"
    return f"{spec.alpha:g}{own}"


def _beyond(spec: RunSpec) -> str:
    return "no token" if spec.lora_beyond is None else f"tokens longer than {spec.lora_beyond:g} radii"


def _chosen(record: RunRecord) -> str:
    return ", chosen for its memory" if record.plan and record.plan.memory.chosen else ""


def _calibrated(record: RunRecord) -> str:
    q = record.spec.quantile
    words = "calibrated on every token" if q == 1.0 else f"calibrated, the {q:g} quantile of u is 3"
    if not record.layer_c:
        return words
    return f"{words}, c from {min(record.layer_c):.3g} to {max(record.layer_c):.3g}"
