"""The Fine-tune page: the form, the line of runs, and a run live and afterwards."""
