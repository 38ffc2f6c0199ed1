"""The published sets that have a name here: the paper's arithmetic and commonsense sets on the Hugging Face hub.

Of each the repository, its configuration, the split to learn from and the split to ask (the one that the paper's figures are on, or the
validation split where the answers of the test split are not published), and the revision, a branch unless it is pinned to a commit. All
are tables without code; mirrors stand for repositories that hold a script (PIQA, SIQA, SVAMP, MAWPS, AQuA's and the fine-tuning sets).

Columns, splits and numbers of rows as the sets' cards on the hub give them: SVAMP 700 and 300 (Body, Question, Answer), Calc-mawps 1,089,
1,040 and 520 (question, result; its training split has no near copies of what is asked), Math10K 9.92 thousand and Commonsense170K
170,420 to learn from (instruction, output, answer), SIQA 33,410 and 1,954 (label "1" to "3"). Of `baber/piqa` only its name in
lm-evaluation-harness's task could be looked up, so its rows are taken to have PIQA's own columns (goal, sol1, sol2, label from 0).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSet:
    """One set; `config` None is the only configuration there is, `test` None a set that is only learned from."""

    name: str
    label: str
    repository: str
    config: str | None = None
    train: str = "train"
    test: str | None = "test"
    revision: str = "main"
    note: str = ""

    def split(self, wanted: str) -> str:
        """The split to learn from (``train``) or to ask (``test``); the one split there is where there is no other."""
        return self.train if wanted == "train" or self.test is None else self.test


_SETS = (
    PublishedSet(name="gsm8k", label="GSM8K", repository="openai/gsm8k", config="main"),
    PublishedSet(name="aqua", label="AQuA", repository="deepmind/aqua_rat", config="raw"),
    PublishedSet(name="svamp", label="SVAMP", repository="ChilleD/SVAMP", note="Its test split has 300 problems; the paper asks 1,000."),
    PublishedSet(name="mawps", label="MAWPS", repository="MU-NLPC/Calc-mawps", note="Its test split has 520 problems; the paper asks 238."),
    PublishedSet(name="math10k", label="Math10K", repository="lmms-lab/Math10K", test=None),
    PublishedSet(name="commonsense170k", label="Commonsense170K", repository="zwhe99/commonsense_170k", test=None),
    PublishedSet(name="boolq", label="BoolQ", repository="google/boolq", test="validation"),
    PublishedSet(name="piqa", label="PIQA", repository="baber/piqa", test="validation"),
    PublishedSet(name="siqa", label="SIQA", repository="lighteval/siqa", test="validation"),
    PublishedSet(name="hellaswag", label="HellaSwag", repository="Rowan/hellaswag", test="validation"),
    PublishedSet(name="winogrande", label="WinoGrande", repository="allenai/winogrande", config="winogrande_xl", test="validation"),
    PublishedSet(name="arc-easy", label="ARC-Easy", repository="allenai/ai2_arc", config="ARC-Easy"),
    PublishedSet(name="arc-challenge", label="ARC-Challenge", repository="allenai/ai2_arc", config="ARC-Challenge"),
    PublishedSet(name="openbookqa", label="OpenBookQA", repository="allenai/openbookqa", config="main"),
)
PUBLISHED: dict[str, PublishedSet] = {each.name: each for each in _SETS}
