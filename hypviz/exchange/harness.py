"""An evaluation as a task for lm-evaluation-harness: the same problems, prompts, stops and rule, and hypviz's own answers beside them.

In: an `Evaluation` and the prompt of a question. Out: the files of a folder by name: ``NAME.yaml``, ``marks.py``, ``problems.jsonl``,
``answers.jsonl`` and ``README.md``. Written for lm_eval 0.4.13; what that cannot repeat (sampling) is refused. Adapters other than
PEFT's own are not known to the harness; the README of the folder says how to hand it a loaded model.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping

from hypviz.errors import HypvizError
from hypviz.exchange.harness_module import module_text
from hypviz.exchange.marks import PAPER
from hypviz.problems import format_prompt
from hypviz.records.answers import NEW_QUESTION_MARK, Decoding, answer_part
from hypviz.records.evaluations import Evaluation, Outcome
from hypviz.records.problems import NUMBER, write_answer

LONGEST_NAME = 60
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold: the same evaluation gives the same bytes

_YAML = """# A task for lm-evaluation-harness (written for lm_eval 0.4.13), made from an evaluation by hypviz {version}; see README.md.
task: {task}
custom_dataset: !function marks.problems
test_split: test
output_type: generate_until
doc_to_text: prompt
doc_to_target: answer
process_results: !function marks.process_results
num_fewshot: 0
generation_kwargs:
  until: {until}
  max_gen_toks: {tokens}
  do_sample: false
{beams}  temperature: 0.0
  repetition_penalty: 1.0
metric_list:
  - metric: right
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""

_README = """# {task}

{n} problems of “{problems}”, asked and marked as hypviz {version} did on {model}.

    lm_eval --model hf --model_args pretrained=MODEL,dtype=float32 --tasks {task} --include_path THIS_FOLDER \\
        --batch_size 1 --log_samples --output_path OUT

MODEL is the model that was asked (give the dtype it was asked in); a LoRA adapter of PEFT's own kinds is added as `,peft=ADAPTER_FOLDER`.
The harness does not know HypLoRA: load such a model in Python and hand it over as `HFLM(pretrained=model, tokenizer=tokenizer)`.

* `problems.jsonl`: question, the prompt as the model reads it (the tokenizer puts its special first token before it), the exact answer.
* `answers.jsonl`: what every column answered in hypviz ({columns}), how the answer ended, and whether it counted as right.
* `marks.py`: the rule, “{rule}”. {needs}
* Compare the harness's samples with these answers: `python -m hypviz exchange OUT/.../samples_{task}_....jsonl --against THIS_FOLDER`

Answers may differ where two tokens are equally likely to the last digits: other batches, dtypes and processors round differently.
"""


def task_name(found: Evaluation) -> str:
    """``hypviz_`` and the letters and digits of the set's name."""
    plain = re.sub(r"[^a-z0-9]+", "_", found.problems.lower()).strip("_")[:LONGEST_NAME]
    return f"hypviz_{plain or 'problems'}"


def task_files(found: Evaluation, *, version: str, prompts: Mapping[str, str] | None = None) -> dict[str, str]:
    """The files of the task by name, marked by the evaluation's rule; `prompts` has what the model read, by question.

    Without it the questions were put as ``Question: ... Answer:``. `HypvizError` for an evaluation that the harness could not repeat.
    """
    _require_repeatable(found, prompts)
    task, columns, rule = task_name(found), [column.name for column in found.columns], found.rule
    alone = rule == PAPER and all(row.problem.kind == NUMBER for row in found.outcomes)
    beams = found.decoding.beams
    yaml = {"until": json.dumps(stops(found.decoding)), "tokens": found.decoding.max_new_tokens}
    yaml |= {"beams": f"  num_beams: {beams}\n" if beams > 1 else ""}
    filled = {"n": f"{found.n:,}", "problems": found.problems, "model": found.provenance.model, "columns": ", ".join(columns)}
    needs = "It needs nothing but Python." if alone else "It imports hypviz, and reads answers that were cut as if they were whole."
    asked = [(prompts or {}).get(row.question, format_prompt(row.question)) for row in found.outcomes]
    return {
        f"{task}.yaml": _YAML.format(task=task, version=version, **yaml),
        "marks.py": module_text(task, version, rule, alone=alone),
        "problems.jsonl": _lines([_problem(i, row, prompt) for i, (row, prompt) in enumerate(zip(found.outcomes, asked, strict=True))]),
        "answers.jsonl": _lines([_answers(i, row, columns) for i, row in enumerate(found.outcomes)]),
        "README.md": _README.format(task=task, version=version, **filled, rule=rule, needs=needs),
    }


def stops(decoding: Decoding) -> list[str]:
    """The texts at which an answer ends, besides the model's own end of text."""
    return [*([NEW_QUESTION_MARK] if decoding.stop_at_question else []), *decoding.stop]


def zipped(files: Mapping[str, str], folder: str) -> bytes:
    """The files in one folder of a zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", date_time=_EARLIEST), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _require_repeatable(found: Evaluation, prompts: Mapping[str, str] | None) -> None:
    if not found.decoding.greedy:
        raise HypvizError(
            f"These answers were sampled ({found.decoding.line}), and lm-evaluation-harness draws other random numbers, so that no row "
            "could be compared; evaluate greedily to export a task."
        )
    if prompts is None and not found.decoding.stop_at_question:
        raise HypvizError("These problems were asked by another template, and what the model read is not known here; evaluate them again.")


def _problem(i: int, row: Outcome, prompt: str) -> dict[str, object]:
    asked = row.problem
    options = [{"label": option.label, "text": option.text} for option in asked.options]
    told: dict[str, object] = {"number": i + 1, "question": row.question, "prompt": prompt, "answer": write_answer(row.answer)}
    return told | {"kind": asked.kind, "options": options, "given": asked.given, "skill": row.skill}


def _answers(i: int, row: Outcome, columns: list[str]) -> dict[str, object]:
    said = {
        name: {"text": answer_part(row.texts[k], row.ended[k]), "ended": row.ended[k], "state": row.states[k], "right": row.right[k]}
        for k, name in enumerate(columns)
    }
    return {"number": i + 1, "question": row.question, "answer": write_answer(row.answer), "columns": said}


def _lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
