"""How true a picture is, as a small table and its sentences: two readings of what is near, and families of words, each beside chance."""

from __future__ import annotations

from hypviz.records.disk_truths import READINGS, DiskTruths, Truth
from hypviz.words.numbers import percent, share

DEPTHS_IN_WORDS = {1: "nearest", 10: "ten nearest", 30: "thirty nearest"}
FIRST, TRUST, HUBS, TOGETHER = "what is near", "trustworthiness", "hubs' places", "of the own family"
NOTHING = "–"


def truths_table(found: DiskTruths) -> list[dict[str, str]]:
    """One line a reading of what is near, then the disk and chance for families; shares kept with those of chance in brackets."""
    lines = [_line(truth) for truth in found.truths]
    if found.families is not None:
        empty = dict.fromkeys(lines[0], NOTHING)
        lines.append(empty | {FIRST: "the disk itself", TOGETHER: share(found.families.together)})
        lines.append(empty | {FIRST: "chance", TOGETHER: share(found.families.by_chance, 1)})
    return lines


def truths_sentence(found: DiskTruths) -> str:
    """What the columns of the table mean and on how many tokens they rest."""
    measured = f"Kept in the disk, in brackets what chance keeps; measured on all {found.n_tokens:,} tokens"
    sampled = "" if found.n_queries == found.n_tokens else f", trustworthiness on a sample of {found.n_queries:,}"
    hubs = "hubs' places: how much of all places among the ten nearest one token in a hundred fills"
    return " ".join([f"{measured}{sampled}; {hubs}.", *_why_one(found), *_families(found)])


def truths_lines(found: DiskTruths) -> list[str]:
    """The table as lines of text, for the shell."""
    table = truths_table(found)
    names = list(table[0])
    width = {name: max(len(name), *(len(line[name]) for line in table)) for name in names}
    rows = [dict(zip(names, names, strict=True)), *table]
    return ["  ".join(row[name].ljust(width[name]) for name in names).rstrip() for row in rows]


def _line(truth: Truth) -> dict[str, str]:
    kept = zip(truth.depths, truth.kept_at, truth.chance_at, strict=True)
    cells = {DEPTHS_IN_WORDS.get(depth, f"{depth} nearest"): f"{share(at, 1)} ({percent(chance)})" for depth, at, chance in kept}
    trust = NOTHING if truth.trustworthiness is None else f"{truth.trustworthiness:.3f}"
    own = NOTHING if truth.together is None else share(truth.together)
    return {FIRST: _name(truth), **cells, TRUST: trust, HUBS: share(truth.hub_share), TOGETHER: own}


def _name(truth: Truth) -> str:
    if not truth.without:
        return "centred cosine"
    return f"the same without the first {truth.without} components"


def _why_one(found: DiskTruths) -> list[str]:
    """Where there is only one reading, why."""
    if len(found.truths) == len(READINGS):
        return []
    return [f"Without their first {READINGS[1]} principal components nothing is left of these rows, so that there is one reading only."]


def _families(found: DiskTruths) -> list[str]:
    """What families there are."""
    known = found.families
    if known is None:
        return ["Of the bundled taxonomy's families there are no two among these tokens, or no texts of tokens are known."]
    nearest = "ten" if known.k == 10 else str(known.k)
    return [
        f"Of the own family: among {known.n_tokens:,} tokens of {known.n_words:,} nouns in {known.n_families} families (animals, fruits, "
        f"tools and others of the bundled taxonomy), the share of the {nearest} nearest that are of the same family, spellings and numbers "
        "of the same noun left out: in the original space under each reading, and in the disk."
    ]
