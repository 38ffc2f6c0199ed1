"""One operation: addition, subtraction, multiplication, division, comparison, rate; ten or more surface forms each.

Every form is a (question, worked sentence) pair. ``{eq}`` is the equation with its result, ``{a}`` and ``{b}`` the operands,
``{t}`` ``{u}`` plural things, ``{p}`` ``{q}`` people, ``{he}`` ``{his}`` pronouns (capitalised where a sentence begins), ``{box}``
and ``{boxes}`` a container, ``{place}`` a place, ``{day}`` ``{day2}`` days.
"""

from __future__ import annotations

ADDITION = (
    ("{p} has {a} {t}. {He} finds {b} more {t}. How many {t} does {p} have now?", "{p} has {eq} {t}."),
    ("{p} has {a} {t} and {q} has {b} {t}. How many {t} do they have in total?", "They have {eq} {t} in total."),
    (
        "There are {a} {t} in the {place}. {p} brings {b} more {t}. How many {t} are there in the {place} now?",
        "There are {eq} {t} in the {place}.",
    ),
    ("{p} bought {a} {t} on {day} and {b} {t} on {day2}. How many {t} did {he} buy altogether?", "{He} bought {eq} {t}."),
    ("A {place} has {a} {t} and {b} {u}. How many {t} and {u} are there altogether?", "There are {eq} of them altogether."),
    ("{q} gives {p} {b} {t}. {p} already had {a} {t}. How many {t} does {p} have now?", "{p} now has {eq} {t}."),
    ("{p} counts {a} {t} in the morning and {b} {t} in the evening. How many {t} did {p} count in total?", "{p} counted {eq} {t}."),
    ("One {box} holds {a} {t}. Another {box} holds {b} {t}. How many {t} are in the two {boxes}?", "The two {boxes} hold {eq} {t}."),
    (
        "{p} had some {t}. {He} gave away {a} {t} and now has {b} {t} left. How many {t} did {p} have at first?",
        "At first {p} had {eq} {t}.",
    ),
    ("{p} sold {a} {t} last week and {b} {t} this week. How many {t} did {p} sell in both weeks?", "{p} sold {eq} {t}."),
    ("A {box} costs {a} dollars and the {t} in it cost {b} dollars. What is the total cost?", "The total cost is {eq} dollars."),
)
SUBTRACTION = (
    ("{p} has {a} {t}. {He} gives {b} {t} to {q}. How many {t} does {p} have left?", "{p} has {eq} {t} left."),
    ("There were {a} {t} in the {place}. {p} took {b} {t}. How many {t} are left in the {place}?", "There are {eq} {t} left."),
    ("{p} had {a} {t} but lost {b} of them. How many {t} does {he} have now?", "{He} has {eq} {t} now."),
    ("A {place} had {a} {t}. It sold {b} {t} on {day}. How many {t} remain?", "{eq} {t} remain."),
    ("{p} needs {a} {t}. {He} already has {b} {t}. How many more {t} does {he} need?", "{He} needs {eq} more {t}."),
    ("Of the {a} {t} in a {box}, {b} are broken. How many {t} are not broken?", "{eq} {t} are not broken."),
    ("{p} and {q} have {a} {t} together. {q} has {b} {t}. How many {t} does {p} have?", "{p} has {eq} {t}."),
    ("{p} picked {a} {t} and ate or gave away {b} of them. How many {t} are left?", "There are {eq} {t} left."),
    ("There are {a} {t} and {u} in the {place}. {b} of them are {u}. How many {t} are there?", "There are {eq} {t}."),
    ("{p} had {a} dollars and paid {b} dollars for some {t}. How much money does {he} have left?", "{He} has {eq} dollars left."),
    ("A {box} held {a} {t}. After {p} took some, {b} {t} were left. How many {t} did {p} take?", "{p} took {eq} {t}."),
)
MULTIPLICATION = (
    ("There are {a} {boxes} with {b} {t} in each {box}. How many {t} are there in total?", "There are {eq} {t} in total."),
    ("{p} buys {a} {boxes} of {t}. Each {box} has {b} {t}. How many {t} does {p} buy?", "{p} buys {eq} {t}."),
    ("Each of {a} children has {b} {t}. How many {t} do the children have altogether?", "They have {eq} {t} altogether."),
    ("{p} puts {b} {t} into each of {a} {boxes}. How many {t} does {he} use?", "{He} uses {eq} {t}."),
    ("A {place} has {a} rows of {t} with {b} {t} in each row. How many {t} does it have?", "It has {eq} {t}."),
    ("{p} makes {b} {t} every day. How many {t} does {p} make in {a} days?", "{p} makes {eq} {t}."),
    ("One {box} of {t} costs {b} dollars. How much do {a} {boxes} cost?", "They cost {eq} dollars."),
    ("{p} has {b} {t}. {q} has {a} times as many {t}. How many {t} does {q} have?", "{q} has {eq} {t}."),
    ("There are {a} shelves and every shelf holds {b} {t}. How many {t} are on the shelves?", "The shelves hold {eq} {t}."),
    ("{p} reads about {b} {t} each week. How many {t} does {he} read about in {a} weeks?", "{He} reads about {eq} {t}."),
)
DIVISION = (
    ("{p} shares {a} {t} equally among {b} friends. How many {t} does each friend get?", "Each friend gets {eq} {t}."),
    ("There are {a} {t} in {b} equal {boxes}. How many {t} are in each {box}?", "Each {box} holds {eq} {t}."),
    ("{p} packs {a} {t} into {boxes} of {b}. How many {boxes} does {he} need?", "{He} needs {eq} {boxes}."),
    ("{b} {boxes} of {t} cost {a} dollars. How much does one {box} cost?", "One {box} costs {eq} dollars."),
    ("{p} places {a} {t} in {b} equal rows. How many {t} are in each row?", "Each row has {eq} {t}."),
    ("{p} gives {b} {t} to each child and uses {a} {t}. How many children are there?", "There are {eq} children."),
    ("{a} {t} are divided equally between {b} {boxes}. How many {t} go into one {box}?", "One {box} gets {eq} {t}."),
    ("{p} made {a} {t} in {b} days, the same number each day. How many {t} did {he} make a day?", "{He} made {eq} {t} a day."),
    ("A {place} orders {a} {t} that come in {boxes} of {b}. How many {boxes} arrive?", "{eq} {boxes} arrive."),
    ("{p} has {a} {t}, {b} times as many as {q}. How many {t} does {q} have?", "{q} has {eq} {t}."),
)
COMPARISON = (
    ("{p} has {a} {t} and {q} has {b} {t}. How many more {t} does {p} have than {q}?", "{p} has {eq} more {t}."),
    ("{q} has {b} {t}. {p} has {a} {t}. How many fewer {t} does {q} have than {p}?", "{q} has {eq} fewer {t}."),
    ("There are {a} {t} and {b} {u} in the {place}. How many more {t} than {u} are there?", "There are {eq} more {t}."),
    ("{p} sold {a} {t} on {day} and {b} {t} on {day2}. How many more did {he} sell on {day}?", "{He} sold {eq} more."),
    ("A {box} holds {a} {t}. A smaller {box} holds {b} {t}. What is the difference?", "The difference is {eq} {t}."),
    ("{p} is {a} years old and {q} is {b} years old. How much older is {p}?", "{p} is {eq} years older."),
    ("The {t} cost {a} dollars and the {u} cost {b} dollars. How much more do the {t} cost?", "They cost {eq} dollars more."),
    ("{p} walked {a} miles and {q} walked {b} miles. How many more miles did {p} walk?", "{p} walked {eq} miles more."),
    ("The {place} has {b} {u} but {a} {t}. How many fewer {u} than {t} does it have?", "It has {eq} fewer {u}."),
    ("{p} scored {a} points and {q} scored {b} points. By how many points did {p} win?", "{p} won by {eq} points."),
)
RATE = (
    ("{p} earns {b} dollars an hour. How much does {he} earn in {a} hours?", "{He} earns {eq} dollars."),
    ("A train goes {b} miles every hour. How many miles does it go in {a} hours?", "It goes {eq} miles."),
    ("{p} paints {b} {t} per day. How many {t} does {he} paint in {a} days?", "{He} paints {eq} {t}."),
    ("One {box} weighs {b} pounds. How many pounds do {a} {boxes} weigh?", "They weigh {eq} pounds."),
    ("A machine makes {b} {t} a minute. How many {t} does it make in {a} minutes?", "It makes {eq} {t}."),
    ("{p} reads {b} pages an hour. How many pages does {p} read in {a} hours?", "{p} reads {eq} pages."),
    ("A ticket for the {place} costs {b} dollars. What do {a} tickets cost?", "They cost {eq} dollars."),
    ("{p} walks {b} miles a day. How far does {he} walk in {a} days?", "{He} walks {eq} miles."),
    ("The {place} sells {b} {t} every week. How many {t} does it sell in {a} weeks?", "It sells {eq} {t}."),
    ("{p} saves {b} dollars each month. How much does {he} save in {a} months?", "{He} saves {eq} dollars."),
)
OPERATIONS = {"+": ADDITION, "-": SUBTRACTION, "*": MULTIPLICATION, "/": DIVISION}
