"""The comparison that a fine-tune is made for: HypLoRA against LoRA, and against the control, which has the size of its gains alone."""

from __future__ import annotations

from hypviz.methods import hyplora, lora, scaled_lora

BASELINE, CONTROL, SUBJECT = lora.ENTRY.name, scaled_lora.ENTRY.name, hyplora.ENTRY.name
