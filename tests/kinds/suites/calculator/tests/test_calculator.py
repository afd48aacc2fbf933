import unittest

from calculator import Calculator
from gradescope_utils.autograder_utils.decorators import (
    hide_errors,
    leaderboard,
    number,
    partial_credit,
    tags,
    visibility,
    weight,
)
from gradescope_utils.autograder_utils.files import check_submitted_files


class TestFiles(unittest.TestCase):
    @weight(0)
    @number("1")
    def test_submitted_files(self):
        """The file is there"""
        self.assertEqual(check_submitted_files(["calculator.py"]), [])


class TestCalculator(unittest.TestCase):
    def setUp(self):
        self.calculator = Calculator()

    @weight(5)
    @number("2.1")
    def test_one_number(self):
        """Evaluate 7"""
        self.assertEqual(self.calculator.evaluate("7"), 7)

    @weight(5)
    @number("2.2")
    @tags("precedence", "chapter 3")
    def test_precedence(self):
        """Evaluate 1 + 2 * 3"""
        self.assertEqual(self.calculator.evaluate("1 + 2 * 3"), 7)

    @weight(5)
    @number("2.10")
    @visibility("after_due_date")
    @hide_errors("Think of a text that is no sum.")
    def test_nonsense(self):
        """Refuse what is no sum"""
        with self.assertRaises(ValueError):
            self.calculator.evaluate("1 + x")

    @partial_credit(6)
    @number("2.3")
    def test_many_sums(self, set_score=None):
        """As many sums as possible"""
        sums = {"1 + 1": 2, "2 * 3 + 1": 7, "8 / 4 / 2": 1}
        set_score(2 * sum(self.calculator.evaluate(text) == value for text, value in sums.items()))

    @weight(0)
    @number("3")
    @leaderboard("history", "asc")
    def test_history(self, set_leaderboard_value=None):
        """A short history"""
        self.calculator.evaluate("1 + 1")
        set_leaderboard_value(len(self.calculator.history))

    def test_each_sum_of_the_file(self):
        for text, value in {"1 + 2": 3, "10 - 4 - 3": 3}.items():
            with self.subTest(text=text):
                self.assertEqual(self.calculator.evaluate(text), value)


def test_sums_of_the_file(calculator, sums):
    assert {text: calculator.evaluate(text) for text in sums} == sums
