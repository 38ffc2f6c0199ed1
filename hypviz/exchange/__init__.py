"""Evaluations as others read them: a task for lm-evaluation-harness, its samples read back, rows as a table, and a page to audit; pure.

In: an `Evaluation`, or the text of a samples file. Out: texts and bytes by file name; who writes them to a disk is `studies.exchange`.
"""
