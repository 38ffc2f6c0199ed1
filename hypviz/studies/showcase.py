"""What ships beside the bundled model's weights: three finished matched fine-tunes, the default disk, and the outcome of every case study.

Made anew for the weights that are there, into the package itself: a matter for whoever trains the bundled model. Paths of the
machine that made them are taken out.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

from hypviz import runs
from hypviz.bundled import BUNDLED_SOURCE, bundled_folder
from hypviz.corpora import read_corpus, read_problems
from hypviz.generate import Lend, asked_columns
from hypviz.methods.comparison import SUBJECT
from hypviz.models import resolve, summarise
from hypviz.problems import CASE_STUDIES, PROBLEM_SET_NAMES, extract_answer, is_right
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.records.problems import CaseOutcome, CaseOutcomes
from hypviz.records.runs import RunRecord
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.records.texts import Corpus
from hypviz.runs.folder import RunFolder, shipped_root
from hypviz.store import Store, write_atomically
from hypviz.studies.compare import compare
from hypviz.studies.disk import lay_out
from hypviz.studies.finetune.copies import require_usable
from hypviz.studies.finetune.following import begin, wait
from hypviz.studies.finetune.planning import make_spec
from hypviz.studies.tokens import row_norms, token_table
from hypviz.words.gain import whole_sentence
from hypviz.words.losses import conclusion, gap_sentence, shares, shares_finding
from hypviz.work import NOBODY, Work

MAX_NEW_TOKENS = 96
SHIPPED_DISKS = ("planar-sne", "dendrogram", "hyperbolic-umap", "frequency-umap")
_LEFT_OUT = ("*.lock", "stop", "checkpoint", "problems.jsonl", "log.txt", ".*")


def make_three(problems: str, *, steps: int, seed: int, work: Work = NOBODY) -> RunRecord:
    """Train all three members with a calibrated radius; a copy of the run replaces any earlier one in the package."""
    ref = resolve(BUNDLED_SOURCE)
    found = read_problems(problems, split="train")
    spec = make_spec(ExperimentSpec(model=ref, problems=found, steps=steps, radius="calibrated", seed=seed), summarise(ref))
    record = wait(begin(spec, found).run_id, work)
    require_usable(record)
    shutil.rmtree(shipped_root(), ignore_errors=True)
    target = shipped_root() / record.run_id
    shutil.copytree(record.folder, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    folder = RunFolder(path=target)
    folder.write_spec(dataclasses.replace(spec, base=dataclasses.replace(ref, path="")))
    folder.write_status(dataclasses.replace(folder.read_status(), pid=None))
    for config in target.glob("adapter/*/adapter_config.json"):
        fields = json.loads(config.read_text(encoding="utf-8")) | {"base_model_name_or_path": BUNDLED_SOURCE}
        write_atomically(config, json.dumps(fields, indent=2, sort_keys=True) + "\n")
    return runs.get(record.run_id)


def make_disk(store_root: Path) -> None:
    """The tokens, their norms and the Disk page's first layouts, into a store of its own in the package."""
    ref = resolve(BUNDLED_SOURCE)
    shutil.rmtree(store_root, ignore_errors=True)
    store, corpus = Store(store_root), read_corpus(PROBLEM_SET_NAMES[0])
    token_table(ref, store=store)
    row_norms(ref, store=store)
    for method in SHIPPED_DISKS:
        lay_out(first_disk(ref, corpus, method), store=store)


def first_disk(ref: ModelRef, corpus: Corpus, method: str) -> LayoutSpec:
    """The question that the Disk page asks first by that method: all tokens of `ref`, ranked by `corpus`."""
    return LayoutSpec(rows=ModelRows(model=ref), counts=corpus, method=method)


def case_outcomes(ref: ModelRef, adapters: dict[str, str], *, lend: Lend, store: Store) -> CaseOutcomes:
    """What the base and each adapter (name to folder) answer to every case study, greedily."""
    columns = [Column(name=name, adapter=folder) for name, folder in adapters.items()]
    asked, found = asked_columns(ref, columns), []
    for case in CASE_STUDIES:
        spec = ComparisonSpec(model=ref, columns=asked, prompt=case.question, tokens=MAX_NEW_TOKENS)
        for column in compare(spec, lend=lend, store=store).columns:
            answer = extract_answer(column.generation.said)
            right = is_right(answer, case.problem.number)
            said = None if answer is None else float(answer)
            found.append(CaseOutcome(title=case.title, column=column.name, answer=said, is_right=right))
    return CaseOutcomes(outcomes=tuple(found))


def outcomes_file() -> Path:
    """Where the outcomes of the shipped adapters are kept."""
    return bundled_folder().with_name("cases.json")


def shipped_adapters() -> dict[str, str]:
    """Method to folder of the adapters that ship, empty if none do."""
    return {m.method: m.adapter for record in runs.shipped() for m in record.members if m.adapter}


def shipped_sentences() -> dict[str, str]:
    """What the shipped run's curves and probe say, by what it is about; empty if none ships."""
    found: dict[str, str] = {}
    for record in runs.shipped():
        probe, _ = runs.layers(record.run_id)
        metrics = runs.metrics(record.run_id)
        entry = probe.summary.of(SUBJECT) if probe is not None else None
        shared = shares(metrics)
        told = {
            "the gain": whole_sentence(entry) if entry is not None else None,
            "the losses": gap_sentence(metrics),
            "what follows": conclusion(metrics),
            "how much is alpha": f"{shares_finding(shared)}." if shared is not None else None,
        }
        found |= {about: sentence for about, sentence in told.items() if sentence is not None}
    return found
