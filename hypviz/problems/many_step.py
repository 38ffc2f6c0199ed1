"""Two or three operations, or a choice of operands: two-step, three-step, nested and average problems; what a fine-tune can add.

Slots as in `one_step`, with ``{c}`` and ``{d}`` further operands and ``{eq}`` ``{eq2}`` ``{eq3}`` the equations in order. ``{k}`` is the
plural of a category or of a kind within it, ``{x}`` and ``{y}`` plurals of its members, ``{z}`` the plural of a thing outside it.
"""

from __future__ import annotations

TWO_STEP = {
    "+-": (
        (
            "{p} has {a} {t}. {He} finds {b} more {t} and then gives {c} {t} to {q}. How many {t} does {p} have left?",
            "First {eq}. Then {eq2}.",
        ),
        (
            "There are {a} {t} in the {place}. {p} brings {b} {t} and {q} takes {c} {t}. How many {t} are there now?",
            "First {eq}. Then {eq2}.",
        ),
        (
            "{p} bought {a} {t} on {day} and {b} {t} on {day2}. {He} then lost {c} of them. How many {t} are left?",
            "First {eq}. Then {eq2}.",
        ),
        ("A {box} held {a} {t}. {p} added {b} {t} and sold {c} {t}. How many {t} are in the {box}?", "First {eq}. Then {eq2}."),
    ),
    "-+": (
        ("{p} had {a} {t}. {He} gave {b} {t} to {q} and then bought {c} more. How many {t} does {he} have now?", "First {eq}. Then {eq2}."),
        ("A {place} had {a} {t}. It sold {b} {t} and then got {c} new {t}. How many {t} does it have now?", "First {eq}. Then {eq2}."),
        ("{a} {t} were in a {box}. {p} took out {b} {t} and {q} put in {c} {t}. How many {t} are in the {box}?", "First {eq}. Then {eq2}."),
    ),
    "++": (
        ("{p} has {a} {t}, {q} has {b} {t} and the {place} has {c} {t}. How many {t} are there in total?", "First {eq}. Then {eq2}."),
        ("{p} picked {a} {t} on {day}, then {b} more, then another {c}. How many {t} did {he} pick altogether?", "First {eq}. Then {eq2}."),
        ("Three {boxes} hold {a}, {b} and {c} {t}. How many {t} do they hold in total?", "First {eq}. Then {eq2}."),
    ),
    "*+": (
        ("{p} has {a} {boxes} with {b} {t} in each and {c} more {t}. How many {t} does {p} have?", "First {eq}. Then {eq2}."),
        ("{p} buys {a} {boxes} of {b} {t}. {He} already had {c} {t}. How many {t} does {he} have now?", "First {eq}. Then {eq2}."),
    ),
    "*-": (
        ("There are {a} {boxes} with {b} {t} each. {p} takes {c} {t}. How many {t} are left?", "First {eq}. Then {eq2}."),
        ("{p} makes {b} {t} a day for {a} days and sells {c} {t}. How many {t} does {he} have left?", "First {eq}. Then {eq2}."),
    ),
}
NESTED = (
    (
        "There are {a} {x}, {c} {z} and {b} {y} in the {place}. How many {k} are there in the {place}?",
        "The {k} are the {x} and the {y}. There are {eq} {k}.",
    ),
    ("{p} has {a} {x}, {b} {y} and {c} {z}. How many {k} does {p} have?", "The {k} are the {x} and the {y}. {p} has {eq} {k}."),
    ("{p} sees {c} {z}, {a} {x} and {b} {y}. How many {k} does {he} see?", "The {k} are the {x} and the {y}. {He} sees {eq} {k}."),
    ("A {place} sells {a} {x}, {b} {y} and {c} {z}. How many {k} does it sell?", "The {k} are the {x} and the {y}. It sells {eq} {k}."),
    (
        "{p} counts {a} {x} and {b} {y}. {q} counts {c} {z}. How many {k} do they count?",
        "The {k} are the {x} and the {y}. They count {eq} {k}.",
    ),
    (
        "In one {box} there are {a} {x} and {c} {z}. In another there are {b} {y}. How many {k} are there?",
        "The {k} are the {x} and the {y}. There are {eq} {k}.",
    ),
    (
        "On {day} {p} buys {a} {x} and {c} {z}. On {day2} {he} buys {b} {y}. How many {k} does {he} buy?",
        "The {k} are the {x} and the {y}. {He} buys {eq} {k}.",
    ),
    (
        "The {place} has {c} {z}. It also has {a} {x} and {b} {y}. How many {k} does it have?",
        "The {k} are the {x} and the {y}. It has {eq} {k}.",
    ),
    (
        "{p} draws {a} {x}. Then {he} draws {c} {z} and {b} {y}. How many {k} did {he} draw?",
        "The {k} are the {x} and the {y}. {He} drew {eq} {k}.",
    ),
    ("{q} owns {c} {z} and {a} {x}. {p} owns {b} {y}. How many {k} do the two own?", "The {k} are the {x} and the {y}. They own {eq} {k}."),
)
AVERAGE_OF_TWO = (
    ("{p}'s scores in 2 games are {a} and {b}. What is the average of {his} scores?", "The sum is {eq}. The average is {eq2}."),
    (
        "{p} picks {a} {t} on {day} and {b} {t} on {day2}. What is the average number of {t} a day?",
        "The sum is {eq}. The average is {eq2}.",
    ),
    ("{p} has {a} {t} and {q} has {b} {t}. How many {t} do the 2 have on average?", "The sum is {eq}. The average is {eq2}."),
    ("Two {boxes} hold {a} and {b} {t}. What is the average number of {t} in a {box}?", "The sum is {eq}. The average is {eq2}."),
    ("{p} paid {a} dollars and later {b} dollars. What did {he} pay on average?", "The sum is {eq}. The average is {eq2}."),
)
AVERAGE_OF_THREE = (
    ("{p}'s scores in 3 games are {a}, {b} and {c}. What is the average of {his} scores?", "The sum is {eq}, {eq2}. The average is {eq3}."),
    ("{p} picks {a}, {b} and {c} {t} on 3 days. What is the average number of {t} a day?", "The sum is {eq}, {eq2}. The average is {eq3}."),
    (
        "Three {boxes} hold {a}, {b} and {c} {t}. How many {t} does a {box} hold on average?",
        "The sum is {eq}, {eq2}. The average is {eq3}.",
    ),
    (
        "{p} walked {a}, {b} and {c} miles on 3 days. How many miles did {he} walk on average?",
        "The sum is {eq}, {eq2}. The average is {eq3}.",
    ),
    ("A {place} sold {a}, {b} and {c} {t} in 3 weeks. What is the average a week?", "The sum is {eq}, {eq2}. The average is {eq3}."),
)
THREE_STEP = {
    "a*b + c*d": (
        (
            "{p} has {a} {boxes} with {b} {t} in each, and {q} has {c} {boxes} with {d} {t} in each. How many {t} do they have together?",
            "First {eq}. Then {eq2}. Together {eq3}.",
        ),
        (
            "A {place} has {a} rows of {t} with {b} in each row and {c} rows of {u} with {d} in each row. "
            "How many things is that in total?",
            "First {eq}. Then {eq2}. In total {eq3}.",
        ),
        (
            "{p} makes {b} {t} a day for {a} days and then {d} {t} a day for {c} days. How many {t} does {he} make altogether?",
            "First {eq}. Then {eq2}. Altogether {eq3}.",
        ),
    ),
    "a*b + c - d": (
        (
            "{p} has {a} {boxes} of {b} {t} and {c} more {t}. {He} gives {d} {t} to {q}. How many {t} does {p} have left?",
            "First {eq}. Then {eq2}. In the end {eq3}.",
        ),
        (
            "A {place} gets {a} {boxes} with {b} {t} each. It had {c} {t} before and sells {d} {t} on {day}. "
            "How many {t} does it have now?",
            "First {eq}. Then {eq2}. In the end {eq3}.",
        ),
        (
            "Each of {a} children brings {b} {t}. {p} adds {c} {t}, but {d} of all the {t} are broken. How many {t} are not broken?",
            "First {eq}. Then {eq2}. In the end {eq3}.",
        ),
    ),
    "(a + b - c) * d": (
        (
            "{p} bought {a} {t} on {day} and {b} {t} on {day2}. {He} lost {c} of them and sold the others for {d} dollars each. "
            "How many dollars did {he} get?",
            "First {eq}. Then {eq2}. That makes {eq3} dollars.",
        ),
        (
            "A {place} has {a} {t} and {b} {u}. People take {c} of these things home, and each of the rest weighs {d} pounds. "
            "How many pounds do they weigh?",
            "First {eq}. Then {eq2}. That makes {eq3} pounds.",
        ),
        (
            "{p} works {a} hours on {day} and {b} hours on {day2}, with {c} hours of rest in all. {He} earns {d} dollars for every hour "
            "of work without rest. How many dollars does {he} earn?",
            "First {eq}. Then {eq2}. That makes {eq3} dollars.",
        ),
    ),
    "k: a*b + c - d": (
        (
            "There are {a} {boxes} with {b} {x} each, {c} {y} and {e} {z} in the {place}. {p} takes away {d} {x}. "
            "How many {k} are there in the {place} now?",
            "The {k} are the {x} and the {y}. First {eq}. Then {eq2}. In the end {eq3} {k}.",
        ),
        (
            "{p} has {c} {y}, {e} {z} and {a} {boxes} of {b} {x}. {He} sells {d} {y}. How many {k} does {he} have left?",
            "The {k} are the {x} and the {y}. First {eq}. Then {eq2}. In the end {eq3} {k}.",
        ),
        (
            "On {day} a {place} gets {e} {z} and {a} {boxes} with {b} {x} in each. On {day2} it gets {c} {y} and sells {d} {x}. "
            "How many {k} does it have now?",
            "The {k} are the {x} and the {y}. First {eq}. Then {eq2}. In the end {eq3} {k}.",
        ),
    ),
}
