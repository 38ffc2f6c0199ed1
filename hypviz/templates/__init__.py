"""The ways of putting a question to a model, one file each: its own chat template, the paper's instruction form, a plain question, none.

Pure: an entry says what is written; the model's own chat template is rendered in `models.tokenizer.chat`.
"""

from __future__ import annotations

from hypviz.errors import HypvizError
from hypviz.records.asking import Asking
from hypviz.registry import Registry
from hypviz.templates.entry import ASSISTANT, SYSTEM, USER, ChatTemplate, Template, TextTemplate, Turn

TEMPLATES: Registry[Template] = Registry("hypviz.templates", Template, noun="template")

__all__ = ["ASSISTANT", "SYSTEM", "TEMPLATES", "USER", "ChatTemplate", "Template", "TextTemplate", "Turn", "template_of"]


def template_of(asking: Asking) -> Template:
    """The entry; `HypvizError` for a name that is none, and for a system text or examples that it has no place for."""
    template = TEMPLATES.require(asking.template)
    if asking.system.strip() and not template.takes_system:
        able = " or ".join(name for name, entry in TEMPLATES.items() if entry.takes_system)
        raise HypvizError(f"The template {template.name} has no place for a system text; leave it empty, or choose the template {able}.")
    if asking.shots and not template.takes_shots:
        able = " or ".join(name for name, entry in TEMPLATES.items() if entry.takes_shots)
        raise HypvizError(f"The template {template.name} has no place for examples; ask without them, or choose the template {able}.")
    return template
