"""The taxonomy in plain sentences: what is a kind of what, where things are found, which colours and sizes they have.

In: a seeded `Draw`. Out: short texts such as "A poodle is a dog. Dogs and cows are animals." Words come zipf-like, so that the
general ones are frequent because they are general. No counting: that is `one_step` and `many_step`.
"""

from __future__ import annotations

from hypviz.problems.taxonomy import SORTS, TAXONOMY, category_of, members, plural
from hypviz.problems.words import COLOURS, PLACES, SIZES, Draw

IS_A = (
    "{A_x} is {a_k}.",
    "{A_x} is {a_c}.",
    "{Xs} are {cs}.",
    "{Xs} and {ys} are {cs}.",
    "{Xs} and {ys} are {ks}.",
    "{Xs}, {ys} and {zs} are {cs}.",
    "Every {k} is {a_c}.",
    "{Xs} are {cs}, and so are {ys}.",
    "{A_x} is {a_k}, and every {k} is {a_c}.",
    "{Cs} such as {xs} and {ys} are well known.",
    "There are many {cs}: {xs}, {ys}, {zs} and others.",
    "Is {a_x} {a_c}? Yes, {a_x} is {a_c}.",
    "Is {a_x} {a_other}? No, {a_x} is {a_c}.",
)
SORT_OF = ("{A_s} is {a_x}.", "{Ss} are {xs}.", "{A_s} is a kind of {x}.", "{A_s} is {a_x}, and {a_x} is {a_c}.", "The {s} is {a_x}.")
SEEN = {
    "animal": (
        "The {x} eats and sleeps.",
        "The {x} has four legs and a tail.",
        "{p} feeds the {xs} every morning.",
        "The {x} ran across the field.",
        "{A_x} can hear and smell very well.",
        "The {xs} and the {ys} drink water from the river.",
    ),
    "bird": (
        "{Xs} have wings and feathers.",
        "The {x} flew over the trees.",
        "{A_x} laid an egg in its nest.",
        "{p} hears the {xs} sing in the morning.",
        "The {xs} and the {ys} fly south in winter.",
    ),
    "fruit": (
        "{p} ate {a_x} after lunch.",
        "The {xs} are ripe and sweet.",
        "{Xs} grow on trees or bushes.",
        "{p} makes juice from {xs} and {ys}.",
        "The pie is made of {xs}.",
    ),
    "vegetable": (
        "{p} cooked the {xs} for dinner.",
        "{Xs} grow in the soil of the garden.",
        "The soup is made of {xs} and {ys}.",
        "{p} cut the {xs} for the salad.",
        "The farmer planted {xs} in the field.",
    ),
    "tool": (
        "{p} used {a_x} to repair the door.",
        "The {x} is made of steel.",
        "The worker keeps {xs} and {ys} in the workshop.",
        "{p} builds a house with {xs} and {ys}.",
        "{p} put the {x} back into the toolbox.",
    ),
    "vehicle": (
        "{p} travels to work by {x}.",
        "The {x} stopped because it had no fuel.",
        "The {xs} carry people from town to town.",
        "The driver of the {x} is late.",
        "{Xs} and {ys} are fast.",
    ),
    "toy": (
        "The children play with {xs} and {ys}.",
        "{p} got {a_x} for {his} birthday.",
        "The child lost {his} {x}.",
        "{p} gives the {x} to the baby.",
    ),
    "piece of clothing": (
        "{p} wears {a_x} in winter.",
        "The {x} is made of wool.",
        "{p} washed the {xs} and the {ys}.",
        "The {x} does not fit {p} any more.",
    ),
    "piece of furniture": (
        "{p} moved the {x} to the other room.",
        "The {x} is made of wood.",
        "There is {a_x} in the living room.",
        "The {x} stands next to the {y}.",
    ),
    "school supply": (
        "{p} has {a_x} in {his} school bag.",
        "The teacher gave every student {a_x}.",
        "{p} writes and draws with the {x}.",
        "{p} left the {x} in the classroom.",
    ),
}
LOOKS = (
    "{Colour} is a color.",
    "{Colour} and {colour2} are colors.",
    "The color of the {x} is {colour}.",
    "The {x} is {size} and {colour}.",
    "{Size} is a size.",
    "Small, medium and large are sizes.",
    "{p} has {a_size} {x}, and it is {colour}.",
    "{n} is a number.",
    "{n} and {m} are numbers.",
)
PLACED = ("{A_x} is in the {place}.", "The {xs} are in the {place}.", "{p} sees {a_x} and {a_y} in the {place}.")
_KINDS_OF_TEXT = {"is a": 5, "sort": 2, "seen": 4, "looks": 2, "placed": 1}
_MOST_SENTENCES = 4


def make_facts(draw: Draw) -> str:
    """One to four sentences, often about one category."""
    category = draw.word(tuple(TAXONOMY))
    sentences: list[str] = []
    for _ in range(draw.number(1, _MOST_SENTENCES)):
        kind = draw.rng.choices(list(_KINDS_OF_TEXT), weights=list(_KINDS_OF_TEXT.values()))[0]
        sentences.append(_sentence(kind, category, draw))
    return " ".join(sentences)


def _sentence(kind: str, category: str, draw: Draw) -> str:
    forms = {"is a": IS_A, "sort": SORT_OF, "seen": SEEN[category], "looks": LOOKS, "placed": PLACED}[kind]
    slots = _slots(category, draw)
    if kind == "sort":
        slots |= _sort_slots(draw)
    text = draw.rng.choice(forms).format(**slots)
    return text[0].upper() + text[1:]


def _slots(category: str, draw: Draw) -> dict[str, str]:
    chosen: list[str] = []
    while len(chosen) < 3:
        member = draw.word(members(category))
        if member not in chosen:
            chosen.append(member)
    x, y, z = chosen
    (person,) = draw.people(1)
    kind = kind_of(x)
    same_kind = [m for m in TAXONOMY[category][kind] if m != x]
    other = draw.rng.choice([c for c in TAXONOMY if c != category])
    colour, colour2 = draw.rng.sample(COLOURS, 2)
    words = {"x": x, "y": draw.word(tuple(same_kind)) if same_kind else y, "z": z, "k": kind, "c": category}
    slots = {"p": person.name, "his": person.his, "a_other": with_article(other), "colour": colour, "colour2": colour2}
    slots |= {"size": draw.rng.choice(SIZES), "place": draw.word(PLACES), "n": str(draw.number(2, 999)), "m": str(draw.number(2, 999))}
    slots |= {"Colour": colour.capitalize(), "Size": slots["size"].capitalize(), "a_size": with_article(slots["size"])}
    return slots | _inflected(words)


def _sort_slots(draw: Draw) -> dict[str, str]:
    x = draw.word(tuple(SORTS))
    return _inflected({"s": draw.word(SORTS[x]), "x": x, "c": category_of(x)})


def _inflected(words: dict[str, str]) -> dict[str, str]:
    """Each noun bare, with its article and in the plural, small and capital."""
    slots: dict[str, str] = {}
    for slot, noun in words.items():
        article, several = with_article(noun), plural(noun)
        slots |= {slot: noun, f"a_{slot}": article, f"A_{slot}": article.capitalize(), f"{slot}s": several}
        slots[f"{slot.upper()}s"] = several.capitalize()
    return slots


def kind_of(member: str) -> str:
    """The kind, within its category, that a member belongs to."""
    return next(kind for kind, names in TAXONOMY[category_of(member)].items() if member in names)


def with_article(noun: str) -> str:
    """The noun behind "a" or "an"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
