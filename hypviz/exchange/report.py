"""An evaluation as one page of HTML with everything needed to audit it; no script, nothing from elsewhere, readable on paper.

In: an `Evaluation`, the sentences said of it, and the reference answers as the file gave them. Out: the text of the page. Every text of
the person's or of a model is escaped. What is read is marked in the text where the rule says where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hypviz.exchange.rows import Prompts, samples_of_row
from hypviz.records.answers import CUT, NO_NUMBER, NO_TEXT, RIGHT, WRONG
from hypviz.records.evaluations import ColumnScore, Evaluation, Mark, Outcome
from hypviz.records.problems import show_answer, write_answer
from hypviz.words.numbers import counted, share
from hypviz.words.samples import how_decoded
from hypviz.words.stopping import on_the_stop
from hypviz.words.verdict import adjustment, pair_sentence, title

SIGNS = {RIGHT: "✓", WRONG: "✗", CUT: "✂", NO_NUMBER: "–", NO_TEXT: "–"}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: .3rem .5rem; text-align: left; vertical-align: top; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; } code { overflow-wrap: anywhere; }
mark { background: #ffe27a; outline: 1px solid #8a6d00; } section { break-inside: avoid; } .told { color: #444; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } thead { display: table-header-group; } }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def report_html(found: Evaluation, *, version: str, sentences: Sequence[str] = (), prompts: Prompts | None = None) -> str:
    """The whole page; `prompts` has what the model read, by question."""
    heading = f"Evaluation of {found.provenance.model} on {found.problems}"
    parts = [f"<h1>{escape(heading)}</h1>", _asked(found, version), _columns(found), _said(found, sentences), _key(found)]
    parts += [_problem(found, i, row, prompts or {}) for i, row in enumerate(found.outcomes)]
    return _PAGE.format(title=escape(heading), style=_STYLE, body="\n".join(parts))


def marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text escaped, with the parts that were read between ``<mark>``; spans that overlap are one."""
    out, at = "", 0
    for start, end in sorted(spans):
        start = max(start, at)
        if start < end:
            out += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
            at = end
    return out + escape(text[at:])


def _asked(found: Evaluation, version: str) -> str:
    """Model, versions, decoding, and what was left out."""
    came, rows = found.provenance, found.n_asked - found.n - found.n_too_long
    lines = [
        ("Model", came.model + (f", commit {came.revision}" if came.revision else "")),
        ("Problems", f"{found.problems}: {counted(found.n, 'problem')} of {found.n_asked:,} asked"),
        ("Decoding", how_decoded(found)),
        ("Versions", ", ".join([f"hypviz {version}", *(f"{name} {number}" for name, number in sorted(came.versions.items()))])),
    ]
    left = [f"{counted(found.n_too_long, 'problem')} that did not fit into the model"] if found.n_too_long else []
    left += [f"{counted(rows, 'problem')} not reached before a stop"] if rows else []
    left += [f"{counted(found.n_skipped, 'row')} of the file ({'; '.join(found.skipped)})"] if found.n_skipped else []
    lines += [("Left out", "; ".join(left))] if left else []
    lines += [("Stopped", f"{stopped}.")] if (stopped := on_the_stop(found)) else []
    lines += [("Notice", found.notice)] if found.notice else []
    return "<table>" + "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in lines) + "</table>"


def _columns(found: Evaluation) -> str:
    heads = ["Column", "Weights", "Right", "Accuracy", "Wrong", "Unfinished", "Without an answer"]
    heads += ["Single samples right"] if found.rounds else []
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _score(score))}</tr>" for score in found.columns)
    return f"<h2>Columns</h2><table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{rows}</tbody></table>"


def _score(score: ColumnScore) -> tuple[str, ...]:
    weights = f"{escape(score.weights.method)}<br>base <code>{escape(score.weights.base)}</code>"
    weights += f"<br>adapter <code>{escape(score.weights.adapter)}</code>" if score.weights.adapter else ""
    low, high = share(score.accuracy.low, 1), share(score.accuracy.high, 1)
    accuracy = f"{share(score.accuracy.value, 1)} ({low} to {high}, {share(score.accuracy.level)} {escape(score.accuracy.method)})"
    counts = (score.wrong, score.unfinished, score.no_answer + score.no_text)
    single = [f"{share(one.value, 1)} ({share(one.low, 1)} to {share(one.high, 1)})"] if (one := score.singles) is not None else []
    return (escape(title(score.name)), weights, f"{score.correct:,} of {score.n:,}", accuracy, *(f"{count:,}" for count in counts), *single)


def _said(found: Evaluation, sentences: Sequence[str]) -> str:
    pairs = [pair_sentence(pair) for pair in found.pairs]
    told = [*pairs, *([together] if (together := adjustment(len(found.pairs))) else []), *sentences]
    return "<h2>Verdicts</h2>" + "".join(f"<p>{escape(text)}</p>" for text in told) if told else ""


def _key(found: Evaluation) -> str:
    rules = ", ".join(found.rules)
    return (
        '<h2>Every problem</h2><p class="told">✓ right, ✗ wrong, ✂ cut by the token limit before a right answer, – no answer found. '
        f"What counts above is the rule {escape(found.rule)}, and what it reads is marked in the text; the rules are {escape(rules)}.</p>"
    )


def _problem(found: Evaluation, i: int, row: Outcome, prompts: Prompts) -> str:
    given = row.problem.given
    expected = f"Expected {escape(write_answer(row.answer))}"
    expected += f", given as <code>{escape(given)}</code>" if given is not None else ""
    expected += f" · {escape(row.skill)}" if row.skill else ""
    heads = "".join(f"<th>{head}</th>" for head in ("Column", "", *(f"By {escape(rule)}" for rule in found.rules), "Answer"))
    rows = "".join(_answer(score, row, k, [row.marks[rule][k] for rule in found.rules]) for k, score in enumerate(found.columns))
    answers = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return (
        f'<section><h3>Problem {i + 1:,}</h3><p class="text">{escape(row.question)}</p><p class="told">{expected}</p>'
        f"{_read(prompts.get(row.question))}{answers}{_samples(found, i)}</section>"
    )


def _read(prompt: str | None) -> str:
    return "" if prompt is None else f'<details><summary>What the model read</summary><div class="text">{escape(prompt)}</div></details>'


def _samples(found: Evaluation, i: int) -> str:
    """Every sample of a problem, with what the rule that counts reads in it."""
    if not found.rounds:
        return ""
    rows: list[str] = []
    for k, score in enumerate(found.columns):
        for j, outcome in enumerate(samples_of_row(found, i)):
            mark = outcome.marks[found.rule][k]
            state = (
                f"{SIGNS.get(mark.state, '')} {escape(show_answer(mark.value))}, {escape(mark.state)}; ended: {escape(outcome.ended[k])}"
            )
            text = marked(outcome.texts[k], [(mark.start, mark.end)])
            state += f"; ended: {escape(outcome.ended[k])}"
            cells = f'<td>{escape(title(score.name))}, sample {j + 1}</td><td>{state}</td><td><div class="text">{text}</div></td>'
            rows.append(f"<tr>{cells}</tr>")
    return f"<details><summary>All {found.samples} samples</summary><table><tbody>{''.join(rows)}</tbody></table></details>"


def _answer(score: ColumnScore, row: Outcome, k: int, found: Sequence[Mark]) -> str:
    state = f"{SIGNS.get(row.states[k], '')} {escape(row.states[k])}"
    read = "".join(f"<td>{SIGNS.get(mark.state, '')} {escape(show_answer(mark.value))}</td>" for mark in found)
    counts = row.marks[row.rule][k]
    text = marked(row.texts[k], [(counts.start, counts.end)])
    ended = f'<p class="told">ended: {escape(row.ended[k])}</p>'
    return f'<tr><td>{escape(title(score.name))}</td><td>{state}</td>{read}<td><div class="text">{text}</div>{ended}</td></tr>'
