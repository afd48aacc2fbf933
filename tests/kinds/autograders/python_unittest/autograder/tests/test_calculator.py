import unittest

from calculator import Calculator
from scorebook import leaderboard, number, partial_credit, tags, visibility, weight


class TestCalculator(unittest.TestCase):
    def setUp(self):
        self.calculator = Calculator()

    @weight(2)
    @number("1.1")
    def test_sum(self):
        """Evaluates 1 + 1"""
        self.assertEqual(self.calculator.evaluate("1 + 1"), 2)

    @weight(3)
    @number("1.10")
    @visibility("hidden")
    def test_precedence(self):
        """Evaluates 2 + 3 * 4"""
        self.assertEqual(self.calculator.evaluate("2 + 3 * 4"), 14)

    @weight(2)
    @number("1.2")
    @tags("division", "floats")
    def test_division(self):
        """Evaluates 7 / 2"""
        print("dividing")
        self.assertEqual(self.calculator.evaluate("7 / 2"), 3.5)

    @partial_credit(3)
    @number("2")
    @visibility("after_due_date")
    def test_many(self, set_score):
        """Evaluates three more"""
        right = sum(self.calculator.evaluate(f"{n} - 1") == n - 1 for n in (1, 5, 9))
        set_score(right)

    @leaderboard("length")
    def test_length(self, set_value):
        """Short programs lead"""
        with open("calculator.py") as file:
            set_value(len(file.read()))
