"""The careful rule on references and on generated texts: what a person reads, or nothing; and where the paper's rule differs."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypviz.problems import extract_answer, is_right, is_right_carefully, read_carefully, read_cell
from hypviz.records.numbers import write_number

# every cell with the value that a person means, as a fraction
CELLS = {
    "1 1/2 cups": "3/2", "$1.5 million": "1500000", "€1.234,50": "123450/100", "½ cup": "1/2", "2/3 of the cake": "2/3", "25 km^{2}": "25",
    "9.8 m/s^2": "49/5", "-2^2": "-4",
    "42": "42", " 42 ": "42", "42.": "42", "42.0": "42", "007": "7", "0": "0", "-7": "-7", "+7": "7", "- 7": "-7", ".25": "1/4",
    "\u221217": "-17", "\u20139": "-9", "minus 8": "-8", "negative 3.5": "-7/2", "(-6)": "-6", '"31"': "31", "13451.36": "1345136/100",
    "0.1234567": "1234567/10000000", "１２": "12", "٣٤": "34", "$6.75": "27/4", "-$6.75": "-27/4", "$-6.75": "-27/4", "\u2212$2": "-2",
    "€ 12.50": "25/2", "12.50 €": "25/2", "US$90": "90", "USD 90": "90", "Rs.500": "500", "£1,200": "1200", "17 apples": "17",
    "60 km/h": "60", "$12/hour": "12", "25 cm^2": "25", "25 m²": "25", "90°": "90", "90^\\circ": "90", "30%": "30", "30 percent": "30",
    "15\\%": "15", "28 (7 boxes of 4)": "28", "28 eggs (7 x 4)": "28", "6 people": "6", "about 120": "120", "x = 14": "14", "=14": "14",
    "1,234": "1234", "12,345,678": "12345678", "3{,}600": "3600", "2\\,500": "2500", "1 234 567": "1234567", "8\u2009400": "8400",
    "8\u00a0400": "8400", "8\u202f400.5": "16801/2", "3'500": "3500", "3\u2019500": "3500", "1.234.567": "1234567",
    "1.234.567,89": "123456789/100", "1.234,5": "12345/10", "5'000'000.25": "20000001/4", "4_096": "4096", "2e3": "2000",
    "2.5E-2": "1/40", "1e+05": "100000", "3 × 10^4": "30000", "3 \\times 10^{4}": "30000", "3x10^4": "30000", "1.5·10^-3": "3/2000",
    "10⁶": "1000000", "6×10⁻²": "3/50", "2^5": "32", "2**5": "32", "7k": "7000", "2.5 million": "2500000", "3 thousand": "3000",
    "1.2bn": "1200000000", "3/8": "3/8", "-3/8": "-3/8", "3 / 8": "3/8", "¼": "1/4", "2½": "5/2", "2 ½": "5/2", "-1¾": "-7/4",
    "1 3/4": "7/4", "2 and 1/2": "5/2", "3\u20444": "3/4", "\\frac{5}{6}": "5/6", "-\\frac{5}{6}": "-5/6", "\\dfrac{5}{6}": "5/6",
    "\\frac56": "5/6", "3\\frac{1}{5}": "16/5", "22/7": "22/7", "$\\frac{2}{3}$": "2/3", "1,000/3": "1000/3", "4 * 3 = 12\n#### 12": "12",
    "#### $1,250": "1250", "#### -\\frac{1}{4}": "-1/4", "\\boxed{77}": "77", "so \\boxed{\\frac{3}{10}}.": "3/10",
    "$\\boxed{\\$45}$": "45", "\\boxed{x = 9}": "9", "\\fbox{8}": "8", "The answer is 19.": "19", "12 + 7 = 19. The answer is: 19": "19",
    "Final answer: 2,000 marbles": "2000", "**64**": "64", "\\textbf{64}": "64", "40 \\text{ miles}": "40", "15 + 8 = 23": "23",
    "3 x 4 = 12 cups": "12", "-\\boxed{5}": "-5", "$-\\boxed{\\frac{1}{2}}$": "-1/2", "-$\\boxed{5}$": "-5", "minus \\boxed{5}": "-5",
    "3 + 4 = \\boxed{7}": "7", "Step 2 \\boxed{7}": "7", "- \\boxed{7}": "7", "\\boxed{5}\\%": "5", "\\boxed{5} apples": "5",
    "12 m2": "12", "26 mm": "26", "5 (about)": "5",
    "#### 5\n#### 5": "5", "#### Step 1\nso\n#### 18": "18", "$5 million": "5000000", "5 m": "5",
}  # fmt: skip
REFUSED = (
    "(-3)^2", "5/x", "5 squared", "2 log", "3 + x", "5 = x + 1", "\\frac{1.5}{2}", "3^{1/2}", "2^{x}", "1.5.2", "192.168.0.1", "=SUM(A1)",
    "", "   ", "none", "twelve", "n/a", "NaN", "Infinity", "1,5", "0,5", "0,125", "12,34", "1,2", "4,5,6", "1,23,456", "1 234", "3 4",
    "3, 4", "3; 4", "3 or 4", "3 and 4", "3-4", "3 \u2013 4", "3 to 4", "3:4", "7:45", "1/2/2024", "2024-05-06", "1/0", "(8)", "($8)",
    "8+", "8!", "> 8", "≤ 8", "8 ± 1", "at least 8 or more", "8 or more", "2x", "3i", "5K", "5 K", "1.2M", "√2", "\\sqrt{2}", "2\\pi",
    "π", "3π", "x = 5, y = 6", "5 feet 3 inches", "3 dozen", "2 and a half", "3 quarters", "answer1", "B12", "CO2", "option 3",
    "and buys 30", "--5", "5-", "3 + 4", "9" * 60, "1e400", "10^999", "\\boxed{3} or \\boxed{4}", "covid-19", "Tom has 12 and 3",
    "1.234,567", "true", "8 < 9", "3 out of 4", "$1.5m", "$5 m", "$5MM", "5 MM", "$5 B", "5 B", "5 trillions", "5 quadrillion", "5 lakh",
    "5 crore", "5 mio", "5 Mrd.", "5 r2", "5r2", "0xFF", "0o17", "1d3", "5E", "\\boxed{5} million", "\\boxed{3}/4", "2\\boxed{3}",
    "\\boxed{5}^2", "\\boxed{5} \\times 10^3", "--\\boxed{5}", "-\\boxed{-5}", "3 - \\boxed{5}", "5 (million)", "42 (or 43)",
    "5 eggs (in thousands)", "5 degrees below zero", "0.333...", "0.333…", "42...", "#### 5\n#### 6", "\\boxed{\\boxed{5}}/4",
)  # fmt: skip
# generated texts with what a person takes for the answer; None where that is no single number
TEXTS = {
    "\\boxed{\\boxed{6}}": "6", "\\boxed{5} and \\boxed{7} of \\boxed{": "7",
    "to express the answer as a percentage: 3 / 12 = 25%": "25", "The answer to the question is 12.": "12", "100/5 = 5A/5 or 20 = A.": "20",
    "The answer was 9.": "9", "It flies 14 + 12 = 26 billion miles.": "26000000000",
    "12 + 30 = 42. The answer is 42.": "42", "The answer is 3/4.": "3/4", "The answer is 1,250 dollars.": "1250", "it is \u22127": "-7",
    "So he pays $1{,}200.": "1200", "\\boxed{\\frac{1}{2}} of the 12": "1/2", "\\boxed{25} because 5^2": "25",
    "The answer is 8 because 2^3.": "8", "The answer is 30, which is 5 times 6.": "30", "Answer: 2.5e4": "25000", "#### 18": "18",
    "#### Step 2\n6 * 3 = 18": "18", "#### 18\nThe 3 boxes": "18", "3 × 10^5": "300000", "She walks 2½": "5/2", "It weighs 1.5k": "1500",
    "The answer is 9 + 3 = 12.": "12", "Final answer: \\frac{7}{8}": "7/8", "the total is 3\u2009000": "3000", "1 234 567": "1234567",
    "In 2020, 42 people came. The answer is 42.": "42", "5 apples.": "5", "Half of 10 is 5.": "5", "He runs at 60 km/h for 2 h": "2",
    "**Answer:** 77": "77", "x = 3/4 = 0.75": "3/4", "The area is 9 m^2": "9", "30%": "30", "The answer is -\\frac{1}{3}": "-1/3",
    "12 - 5 = 7": "7", "$\\boxed{-4}$": "-4", "1'500": "1500", "4,5,6": None, "3-4": None, "3 or 4": None, "The answer is 3 or 4.": None,
    "It is 10:30": None, "2x": None, "nothing": None, "": None, "The answer is (5).": None, "The answer is 3 + 4.": None,
    "-\\boxed{5}": "-5", "The answer is $-\\boxed{5}$.": "-5", "\\boxed{5} million": None, "\\boxed{3}/4": None, "- \\boxed{7}": "7",
    "The answer is not 5.": None, "The answer is 5 dozen.": "5", "The answer is 5 lakh.": None,
    "It rained 26 mm": "26", "The answer is $1.5m": None, "It costs $5 B": None, "5 (million)": None,
    "The answer is \\boxed{5}. Next, 6.": "5",
    "\\boxed{3, 4}": None, "\\boxed{x}": None, "1,5": None, "(5)": None, "9" * 80: None, "3, 4 and 5": None,
}  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), CELLS.items())
def test_a_reference_is_read_as_a_person_reads_it(cell: str, value: str) -> None:
    assert read_cell(cell).value == Fraction(value), read_cell(cell)


@pytest.mark.parametrize("cell", REFUSED)
def test_a_reference_that_could_mean_two_things_is_refused_with_a_reason(cell: str) -> None:
    found = read_cell(cell)
    assert found.value is None and found.reason is not None and not found.reason.endswith(".")


@pytest.mark.parametrize(("text", "value"), TEXTS.items())
def test_a_generated_text_is_read_as_a_person_reads_it(text: str, value: str | None) -> None:
    assert read_carefully(text) == (None if value is None else Fraction(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 + 30 = 4", None),  # 42 was coming
        ("The answer is 4", None),
        ("The answer is 42. Then he", "42"),
        ("\\boxed{42} is", "42"),
        ("\\boxed{4", None),
        ("#### 4", None),
        ("#### 42\nQ", "42"),
        ("first 12 and then", None),
    ],
)
def test_a_cut_text_has_an_answer_only_where_it_was_marked_and_ended(text: str, value: str | None) -> None:
    assert read_carefully(text, cut=True) == (None if value is None else Fraction(value))


@pytest.mark.parametrize(
    ("text", "paper", "careful"),
    [
        ("1/3", "3", "1/3"),
        ("−5", "5", "-5"),
        ("1.5e3", "3", "1500"),
        ("9{,}500", "500", "9500"),
        ("½", None, "1/2"),
        ("1,2,3", "123", None),
    ],
)
def test_the_two_rules_differ_where_the_paper_s_takes_the_last_digits(text: str, paper: str | None, careful: str | None) -> None:
    assert extract_answer(text) == (None if paper is None else Fraction(paper))
    assert read_carefully(text) == (None if careful is None else Fraction(careful))


@given(st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6))
def test_what_is_written_is_read_back_exactly(value: Fraction) -> None:
    written = write_number(value)
    assert read_cell(written).value == value
    assert read_cell(f"The answer is {written}.").value == value
    assert read_carefully(f"so 3 + 4. The answer is {written}.") == value


@given(st.text(max_size=80))
def test_no_text_breaks_either_reader(text: str) -> None:
    found = read_cell(text)
    assert (found.value is None) == (found.reason is not None)
    read_carefully(text)
    read_carefully(text, cut=True)
    extract_answer(text)


@given(st.text(alphabet="0123456789,.'/ -−$%eEkx^{}\\fracboxed()=½ \u2009#\nor", max_size=25))
def test_no_notation_breaks_either_reader(text: str) -> None:
    found = read_cell(text)
    assert (found.value is None) == (found.reason is not None)
    read_carefully(text)
    extract_answer(text)


def test_the_tolerances_are_exact() -> None:
    for whole in (1, 4, 8, 10**15, 123456789012345678):
        assert is_right(Fraction(whole) + Fraction(1, 1000), Fraction(whole))
        assert not is_right(Fraction(whole) + Fraction(1001, 10**6), Fraction(whole))
        assert not is_right(Fraction(whole + 1), Fraction(whole))
    small = Fraction(1, 10**5)
    assert is_right(Fraction(0), small) and not is_right_carefully(Fraction(0), small)
    assert is_right_carefully(small, small) and is_right_carefully(Fraction("0.333"), Fraction(1, 3))
    assert not is_right_carefully(None, small)
