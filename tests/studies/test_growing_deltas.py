"""Prompts and the vocabulary as they come: values, nulls one by one, a certified interval that only closes, stops that lose nothing."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes
from hypviz.errors import Stopped
from hypviz.hyperbolicity import N_REPEATS, NULLS, nulls_of
from hypviz.hyperbolicity.nulls import OF_VOCABULARY
from hypviz.models import resolve
from hypviz.plots.hyperbolicity import course_chart, delta_chart, points_chart, vocabulary_chart
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME, Hyperbolicity, VocabularyDelta
from hypviz.studies.hyperbolicity import PROMPTS, prompt_spec
from hypviz.studies.vocabulary_delta import MOST_MOVES, VOCABULARY, Course, vocabulary_spec
from hypviz.words.hyperbolicity import comparison_sentence, course_finding, nulls_sentence, vocabulary_finding, vocabulary_sentences
from hypviz.work import Work
from tests.checkpoints import SENTENCES
from tests.watching import Watcher

CORPUS = corpus_from_bytes("\n".join(SENTENCES[:5]).encode(), "prompts.txt")
VERDICTS = (LOWER, SAME, HIGHER)
OF_SAMPLE = nulls_of(OF_VOCABULARY)


@pytest.fixture
def ref(tiny_llama):
    return resolve(str(tiny_llama))


def prompts(ref, *, stop_after: int | None = None, **options):
    """The lookup and the parts on the way; stopped once `stop_after` nulls are in."""
    parts: list[Hyperbolicity] = []

    def reached() -> bool:
        return bool(parts) and stop_after is not None and parts[-1].n_nulls >= stop_after

    spec = prompt_spec(ref, CORPUS, nulls=tuple(NULLS), **options)
    return PROMPTS.get(spec, Work(on_found=parts.append, asked_to_stop=reached)), parts


def nulls_of(record: Hyperbolicity) -> list[list[float]]:
    return [record.deltas.null_delta_rel.ravel().tolist(), *(null.delta_rel.ravel().tolist() for null in record.others)]


def test_measured_prompts_come_before_any_null(ref):
    found, parts = prompts(ref)
    assert found.record.is_whole and not found.record.begun.size
    seen = [(part.n_nulls, len(part.begun)) for part in parts]  # repeat by repeat, null by null
    assert seen == [(k, i) for k in range(len(NULLS)) for i in range(N_REPEATS)] + [(len(NULLS), 0)]
    assert all(part.deltas.delta_rel.tolist() == found.record.deltas.delta_rel.tolist() for part in parts)
    bare = parts[0]
    for words in (delta_chart(bare).title, points_chart(bare).title, comparison_sentence(bare)):
        assert "not compared" in words.lower() and not any(verdict in words for verdict in VERDICTS)
    assert np.isnan(delta_chart(bare).data["null_mean"]).all()
    for part in [*parts[:: N_REPEATS - 1], parts[-1]]:
        title = delta_chart(part).title
        assert ("a part" in title) == (not part.is_whole)
        assert any(verdict in title for verdict in VERDICTS) == (part.n_nulls > 0)
        assert all(NULLS[name].label in nulls_sentence(part) for name in part.asked[1:])
        assert ("Not measured yet" in nulls_sentence(part)) == (not part.is_whole)
        assert (f"{len(part.begun)} of {N_REPEATS} repeats" in nulls_sentence(part)) == (len(part.begun) > 0)


@pytest.mark.parametrize("stop_after", [0, 1, 3])
def test_a_stopped_measurement_goes_on_to_what_it_would_have_been(ref, stop_after, monkeypatch, tmp_path):
    stopped, _ = prompts(ref, stop_after=stop_after)
    assert stopped.record.n_nulls == stop_after and not stopped.record.is_whole
    whole, parts = prompts(ref)
    assert whole.record.is_whole and min(part.n_nulls for part in parts) == stop_after
    assert not whole.record.begun.size
    assert nulls_of(whole.record)[:stop_after] == nulls_of(stopped.record)[:stop_after]
    assert prompts(ref)[0].from_store
    monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path / "other"))
    assert nulls_of(prompts(ref)[0].record) == nulls_of(whole.record)


def test_a_stop_within_a_null_keeps_its_repeats(ref):
    parts: list[Hyperbolicity] = []

    def halfway() -> bool:
        return bool(parts) and (parts[-1].n_nulls, len(parts[-1].begun)) == (1, 17)

    work = Work(on_found=parts.append, asked_to_stop=halfway)
    stopped = PROMPTS.get(prompt_spec(ref, CORPUS, nulls=tuple(NULLS)), work).record
    assert (stopped.n_nulls, len(stopped.begun)) == (1, 17) and "17 of 39 repeats, too few to judge by" in nulls_sentence(stopped)
    whole, later = prompts(ref)
    assert len(later[0].begun) == 17 and min((part.n_nulls, len(part.begun)) for part in later) == (1, 17)
    assert whole.record.others[0].delta_rel[:17].tolist() == stopped.begun.tolist()


def test_a_stop_before_the_prompts_are_measured_is_one_sentence(ref):
    with pytest.raises(Stopped):
        PROMPTS.get(prompt_spec(ref, CORPUS), Watcher(stop_at=1))


def sample(ref, n: int = 60, *, stop_when=lambda part: False):
    parts: list[VocabularyDelta] = []
    work = Work(on_found=parts.append, asked_to_stop=lambda: bool(parts) and stop_when(parts[-1]))
    return VOCABULARY.get(vocabulary_spec(ref, n_points=n), work), parts


def test_the_interval_only_closes_and_always_holds_the_value(ref):
    found, parts = sample(ref)
    whole = found.record
    assert whole.is_whole and [null.name for null in whole.nulls] == list(OF_SAMPLE)
    closing = [part for part in parts if not part.exact]
    assert [(part.average is not None, len(part.nulls), len(part.begun)) for part in parts[len(closing) :]] == [
        (False, 0, 0),
        *((True, k, i) for k in range(len(OF_SAMPLE)) for i in range(N_REPEATS)),
        (True, len(OF_SAMPLE), 0),
    ]
    for part in [*parts[len(closing) :: N_REPEATS - 1], whole]:  # each can be drawn and said
        assert vocabulary_chart(part).title == vocabulary_finding(part)
        words = " ".join(vocabulary_sentences(part, ("a", "b", "c", "d")))
        assert ("Not measured yet" in words) == (not part.is_whole)
    assert closing and parts.index(closing[-1]) == len(closing) - 1  # the interval first, then the nulls
    for record in parts:
        seconds, lower, upper = record.course_seconds, record.course_lower, record.course_upper
        assert seconds.size == lower.size == upper.size > 0
        assert (np.diff(seconds) >= 0).all() and (np.diff(lower) >= 0).all() and (np.diff(upper) <= 1e-12 * whole.diameter).all()
        assert (lower <= whole.upper + 1e-12).all() and (upper >= whole.lower - 1e-12).all()
        assert (lower[-1], upper[-1]) == (record.lower, record.upper)
    assert "closed after" in course_finding(whole)
    drawn = course_chart(closing[0])
    assert len(drawn.figure.data) == 2 and list(drawn.data["delta_rel_upper"])[-1] == pytest.approx(2 * closing[0].upper / whole.diameter)


def test_no_value_is_called_certain_before_the_interval_has_closed(ref):
    stopped, _ = sample(ref, stop_when=lambda part: True)
    record = stopped.record
    assert not record.exact and record.lower < record.upper and record.nulls == () and record.average is None
    assert "lies between" in vocabulary_finding(record) and not any(
        v.removesuffix("chance") in vocabulary_finding(record) for v in VERDICTS
    )
    assert "may be any value in this interval" in " ".join(vocabulary_sentences(record, ()))
    assert "certain to lie between" in course_chart(record).title and vocabulary_chart(record).figure.data
    assert sample(ref)[0].record.is_whole


def test_a_closed_interval_is_not_searched_for_again(ref, monkeypatch):
    stopped, _ = sample(ref, stop_when=lambda part: len(part.nulls) == 1 and len(part.begun) == 5)
    assert (
        stopped.record.exact
        and (len(stopped.record.nulls), len(stopped.record.begun)) == (1, 5)
        and "a part: 1 of" in vocabulary_finding(stopped.record)
    )
    monkeypatch.setattr("hypviz.studies.vocabulary_delta.four_point_delta", lambda *a, **k: pytest.fail("searched again"))
    whole, parts = sample(ref)
    assert whole.record.is_whole and (whole.record.lower, whole.record.how) == (stopped.record.lower, stopped.record.how)
    assert min((len(part.nulls), len(part.begun)) for part in parts) == (1, 5)
    assert whole.record.nulls[1].delta_rel[:5].tolist() == stopped.record.begun.tolist()


def test_a_stop_between_two_bases_keeps_the_closed_interval(ref, monkeypatch):
    monkeypatch.setattr("hypviz.hyperbolicity.base.FEW", 10)  # as a large sample
    stopped, _ = sample(ref, stop_when=lambda part: part.exact)
    assert stopped.record.exact and stopped.record.average is None and not stopped.record.is_whole
    assert "not compared with chance yet" in vocabulary_finding(stopped.record)
    whole = sample(ref)[0].record
    assert whole.is_whole and whole.lower == stopped.record.lower
    assert whole.base_deltas.max() == pytest.approx(whole.lower, abs=2e-8 * whole.diameter)


def test_very_many_moves_are_thinned_and_keep_their_ends():
    course = Course()
    for move in range(10 * MOST_MOVES):
        course.add(float(move), 1e6 - move)
    columns = course.columns()
    assert columns["course_lower"].size <= MOST_MOVES + 1
    assert (columns["course_lower"][0], columns["course_lower"][-1]) == (0.0, 10 * MOST_MOVES - 1)
    assert (np.diff(columns["course_lower"]) >= 0).all()
