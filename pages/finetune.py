"""Fine-tune: LoRA, HypLoRA and the control between them, trained in their own process and watched from here."""

from hypviz.ui.finetune.form import finetune_form
from hypviz.ui.finetune.listing import show_line, show_list
from hypviz.ui.finetune.run import chosen_run, show_run
from hypviz.ui.shared.whole_model import whole_model
from hypviz.ui.shell.page import errors_as_sentences, page

LEAD = (
    "Three adapters learn from the same batches, in turn, on one copy of the model: LoRA; HypLoRA, which bends every update through "
    "hyperbolic space; and Scaled LoRA, the control: LoRA whose updates start as large as HypLoRA's. So two questions get two "
    "answers: what does HypLoRA change, and how much of that does a larger alpha change too?"
)

with page("Fine-tune", LEAD):
    run = chosen_run()
    show_line(run.run_id if run is not None else None)
    with errors_as_sentences():  # whatever is wrong with a choice, the line and the list stay in reach
        if run is not None:
            show_run(run)
        else:
            finetune_form(whole_model())
    show_list(run.run_id if run is not None else None)
