"""A taxonomy of everyday things: category, kind, member, and for some members a sort; the hierarchy behind the nested problems."""

from __future__ import annotations

TAXONOMY: dict[str, dict[str, tuple[str, ...]]] = {
    "animal": {
        "farm animal": ("dog", "cow", "cat", "horse", "sheep", "pig", "goat", "donkey"),
        "wild animal": ("bear", "lion", "monkey", "rabbit", "wolf", "fox", "deer"),
    },
    "bird": {
        "garden bird": ("robin", "sparrow", "pigeon", "crow", "owl", "parrot"),
        "water bird": ("duck", "goose", "swan", "penguin", "gull", "pelican"),
    },
    "fruit": {
        "tree fruit": ("apple", "banana", "orange", "pear", "peach", "lemon", "cherry", "plum"),
        "small fruit": ("grape", "strawberry", "melon", "mango", "lime", "fig"),
    },
    "vegetable": {
        "root vegetable": ("carrot", "potato", "onion", "radish", "turnip", "beet"),
        "green vegetable": ("tomato", "pepper", "cabbage", "bean", "cucumber", "leek"),
    },
    "tool": {
        "hand tool": ("hammer", "saw", "shovel", "brush", "wrench", "drill", "rake"),
        "small tool": ("nail", "screw", "bolt", "needle", "clamp", "ruler"),
    },
    "vehicle": {
        "road vehicle": ("car", "truck", "bus", "bike", "van", "taxi", "tractor"),
        "other vehicle": ("boat", "train", "plane", "ship", "canoe", "sled"),
    },
    "toy": {
        "small toy": ("ball", "marble", "doll", "block", "sticker", "balloon", "puzzle"),
        "big toy": ("kite", "robot", "drum", "swing", "game", "scooter"),
    },
    "piece of clothing": {
        "upper clothing": ("shirt", "coat", "jacket", "scarf", "hat", "sweater", "glove"),
        "lower clothing": ("sock", "shoe", "skirt", "belt", "boot", "sandal"),
    },
    "piece of furniture": {
        "seat": ("chair", "sofa", "bench", "stool", "couch", "cushion"),
        "household piece": ("table", "desk", "lamp", "bed", "shelf", "mirror"),
    },
    "school supply": {
        "writing supply": ("pencil", "pen", "crayon", "marker", "eraser", "stamp"),
        "paper supply": ("book", "notebook", "card", "folder", "letter", "magazine"),
    },
}

SORTS: dict[str, tuple[str, ...]] = {
    "dog": ("poodle", "beagle", "terrier", "collie"),
    "car": ("sedan", "limousine", "coupe"),
    "horse": ("pony", "stallion", "mare"),
    "ball": ("football", "baseball", "basketball"),
    "shoe": ("sneaker", "slipper", "loafer"),
    "boat": ("canal boat", "ferry", "yacht"),
    "hat": ("cap", "helmet", "bonnet"),
    "chair": ("armchair", "deckchair", "rocking chair"),
    "book": ("novel", "dictionary", "cookbook"),
    "duck": ("mallard", "teal", "eider"),
}

_IRREGULAR = {
    "scarf": "scarves",
    "sheep": "sheep",
    "deer": "deer",
    "goose": "geese",
    "wolf": "wolves",
    "shelf": "shelves",
    "mango": "mangoes",
    "potato": "potatoes",
    "tomato": "tomatoes",
}
_IRREGULAR |= {"piece of clothing": "pieces of clothing", "piece of furniture": "pieces of furniture", "radish": "radishes"}


def plural(noun: str) -> str:
    """The English plural of a noun of this module (regular rules and a short list of exceptions)."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


# categories whose members a person could count under either name; one never serves as the distractor of the other
OVERLAPS: dict[str, str] = {"animal": "bird", "bird": "animal", "fruit": "vegetable", "vegetable": "fruit"}


def members(category: str) -> tuple[str, ...]:
    """All members of a category, both kinds together."""
    return tuple(member for kind in TAXONOMY[category].values() for member in kind)


def category_of(member: str) -> str:
    """The category a member belongs to; `KeyError` for a word outside the taxonomy."""
    return _CATEGORY_OF[member]


ALL_MEMBERS: tuple[str, ...] = tuple(m for category in TAXONOMY for m in members(category))
_CATEGORY_OF = {m: category for category in TAXONOMY for m in members(category)}


def category_by_word() -> dict[str, str]:
    """Every noun of the taxonomy in both numbers (categories, members and sorts) with its category; kinds of two words included."""
    nouns = _nouns()
    return nouns | {plural(noun): category for noun, category in nouns.items()}


def noun_by_word() -> dict[str, str]:
    """The words of `category_by_word`, each with its singular."""
    nouns = _nouns()
    return {plural(noun): noun for noun in nouns} | {noun: noun for noun in nouns}


def _nouns() -> dict[str, str]:
    """Every noun of the taxonomy in the singular with its category."""
    nouns = {category: category for category in TAXONOMY}
    nouns |= {kind: category for category, kinds in TAXONOMY.items() for kind in kinds}
    return nouns | _CATEGORY_OF | {sort: _CATEGORY_OF[member] for member, sorts in SORTS.items() for sort in sorts}
