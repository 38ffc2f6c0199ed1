"""The pages of the app in the order of its menu, each with its title, icon and the question it answers; Start is the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# docs/icon.svg drawn: an SVG would be sent whole at every run, and a name such as ":material/home:" be fetched from another host
ICON = Path(__file__).with_name("icon.png")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """A page: `name` is its file under pages and its place in the address, `question` what Start says of it."""

    name: str
    title: str
    icon: str
    question: str = ""


START = MenuEntry(name="start", title="Start", icon=":material/home:")
OTHERS = (
    MenuEntry(
        name="disk", title="Disk", icon=":material/bubble_chart:", question="Walk through the whole vocabulary in the Poincaré disk."
    ),
    MenuEntry(
        name="frequency", title="Frequency & norm", icon=":material/bar_chart:", question="Do frequent tokens really have small norms?"
    ),
    MenuEntry(name="hyperbolicity", title="Hyperbolicity", icon=":material/account_tree:", question="Is it more tree-like than chance?"),
    MenuEntry(name="layers", title="Layers", icon=":material/layers:", question="Does it stay tree-like inside the model, layer by layer?"),
    MenuEntry(
        name="finetune", title="Fine-tune", icon=":material/tune:", question="Train LoRA, HypLoRA and a control on the same batches."
    ),
    MenuEntry(name="compare", title="Compare", icon=":material/view_column:", question="One prompt, the answers side by side."),
    MenuEntry(name="evaluate", title="Evaluate", icon=":material/fact_check:", question="Count right and wrong over many problems."),
)
MENU = (START, *OTHERS)
