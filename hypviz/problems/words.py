"""The people, places and containers of the problems, and a seeded drawer of words with zipf-like use."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypviz.problems.taxonomy import ALL_MEMBERS, OVERLAPS, TAXONOMY, category_of, members, plural

NAMES: tuple[tuple[str, str], ...] = tuple(
    [
        (name, "she")
        for name in [
            "Anna",
            "Maria",
            "Emma",
            "Julia",
            "Sara",
            "Lily",
            "Nora",
            "Rosa",
            "Grace",
            "Ella",
            "Mia",
            "Lucy",
            "Kate",
            "Jane",
            "Alice",
            "Amy",
            "Ruth",
            "Clara",
            "Iris",
            "Mary",
        ]
    ]
    + [
        (name, "he")
        for name in [
            "Tom",
            "Ben",
            "Sam",
            "Jack",
            "Paul",
            "Leo",
            "Max",
            "Omar",
            "Ali",
            "Luke",
            "Dan",
            "Mark",
            "John",
            "Peter",
            "David",
            "Adam",
            "Eric",
            "Carl",
            "Hugo",
            "Ravi",
        ]
    ]
)
CONTAINERS = ("box", "bag", "basket", "crate", "jar", "shelf", "drawer", "bucket", "tray", "pack")
PLACES = ("shop", "school", "farm", "market", "park", "garden", "house", "library", "museum", "station")
COLOURS = ("red", "blue", "green", "purple", "yellow", "white", "black", "brown")
SIZES = ("small", "medium", "large")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name with its pronouns."""

    name: str
    he: str

    @property
    def his(self) -> str:
        """Possessive pronoun."""
        return "her" if self.he == "she" else "his"


class Draw:
    """Random choices from one seeded generator; earlier words of a list are used more often (weights 1/(rank + 2))."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def word(self, words: tuple[str, ...]) -> str:
        """One word, zipf-like by its place in the list."""
        return self.rng.choices(words, weights=[1 / (rank + 2) for rank in range(len(words))])[0]

    def people(self, n: int) -> list[Person]:
        """n different people."""
        return [Person(name=name, he=he) for name, he in self.rng.sample(NAMES, n)]

    def things(self, n: int) -> list[str]:
        """Plurals of n different taxonomy members, of possibly different categories."""
        chosen: list[str] = []
        while len(chosen) < n:
            member = self.word(members(self.word(tuple(TAXONOMY))))
            if member not in chosen:
                chosen.append(member)
        return [plural(member) for member in chosen]

    def nested(self) -> tuple[str, list[str], str]:
        """(category, two of its members, one member of another category), singular."""
        category = self.word(tuple(TAXONOMY))
        inside = self.rng.sample(members(category), 2)
        outside = self.rng.choice([m for m in ALL_MEMBERS if category_of(m) not in (category, OVERLAPS.get(category))])
        return category, inside, outside

    def kind(self) -> dict[str, str]:
        """Slots of a three-step problem: the plurals of a kind ``k``, of two of its members, and of a thing of another category."""
        category = self.word(tuple(TAXONOMY))
        kind = self.rng.choice(tuple(TAXONOMY[category]))
        x, y = self.rng.sample(TAXONOMY[category][kind], 2)
        z = self.rng.choice([m for m in ALL_MEMBERS if category_of(m) not in (category, OVERLAPS.get(category))])
        return {"k": plural(kind), "x": plural(x), "y": plural(y), "z": plural(z)} | self.container()

    def container(self) -> dict[str, str]:
        """Slots of a container that is not itself a thing to count, as a shelf would be among pieces of furniture."""
        box = self.word(tuple(name for name in CONTAINERS if name not in ALL_MEMBERS))
        return {"box": box, "boxes": plural(box)}

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.rng.randint(low, high)
