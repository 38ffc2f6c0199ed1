"""Start: choose a language model, see what it costs, load it, see what it is."""

from hypviz.ui.shell.page import page
from hypviz.ui.start.choice import choose_source, load_panel, model_errors
from hypviz.ui.start.kept import show_store
from hypviz.ui.start.summary import show_kinds, show_next, show_report

LEAD = (
    "Walk through a language model's vocabulary in the Poincaré disk and measure whether it is really as tree-like as claimed. "
    "Then fine-tune it with LoRA and with its hyperbolic variant HypLoRA on the same batches, and compare the answers side by side."
)

with page("hypviz", LEAD):
    with model_errors():
        source = choose_source()
        report = load_panel(source) if source else None
        if report:
            show_report(report)
            show_next(report.ref.source)
            show_kinds(report)
    show_store()
