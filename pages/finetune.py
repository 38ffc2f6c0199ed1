"""Fine-tune: LoRA and HypLoRA as a matched pair, trained in their own process and watched from here."""

from hypviz.ui.finetune_form import finetune_form
from hypviz.ui.finetune_list import show_line, show_list
from hypviz.ui.finetune_run import chosen_run, show_run
from hypviz.ui.page import errors_as_sentences, page
from hypviz.ui.session import model_ref

LEAD = (
    "Two adapters learn from the same batches, in turn, on one copy of the model: LoRA, and HypLoRA, which bends every update through "
    "hyperbolic space. Start, data order, rank, alpha, learning rate and seed are the same; only the geometry differs."
)

with page("Fine-tune", LEAD):
    run = chosen_run()
    show_line(run.run_id if run is not None else None)
    with errors_as_sentences():  # whatever is wrong with a choice, the line and the list stay in reach
        if run is not None:
            show_run(run)
        else:
            finetune_form(model_ref())
    show_list(run.run_id if run is not None else None)
