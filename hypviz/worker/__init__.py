"""The training process: ``python -m hypviz.worker RUN_DIR``.

It waits for its turn, loads one base model, trains one adapter per method in turn on the same batches, and leaves everything it
knows in the run folder. Built on accelerate and PEFT; with more than one process it becomes ``accelerate launch`` of itself.
"""
