"""Decorators that score unittest tests, written for these tests in the manner of what autograders in Python use.

It is packed into a wheel that setup.sh installs with pip.
"""

import contextlib
import io
import time
import traceback
import unittest


def _marks(**marks):
    def mark(test):
        vars(test).setdefault("marks", {}).update(marks)
        return test

    return mark


def weight(points):
    return _marks(max_score=points)


def number(text):
    return _marks(number=text)


def visibility(word):
    return _marks(visibility=word)


def tags(*words):
    return _marks(tags=list(words))


def partial_credit(points):
    return lambda test: _marks(max_score=points, takes="score")(test)


def leaderboard(name, order="desc"):
    return lambda test: _marks(leaderboard={"name": name, "order": order}, takes="value")(test)


class ScoringResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.rows, self.board, self.began = [], [], time.time()

    def startTest(self, test):
        super().startTest(test)
        method = getattr(test, test._testMethodName)
        self.marks = dict(getattr(method, "marks", {}))
        self.given, self.said = None, io.StringIO()
        if self.marks.get("takes"):
            setattr(test, test._testMethodName, lambda: method(self.give))
        self.redirect = contextlib.redirect_stdout(self.said)
        self.redirect.__enter__()

    def give(self, value):
        self.given = value

    def stopTest(self, test):
        self.redirect.__exit__(None, None, None)
        super().stopTest(test)

    def addSuccess(self, test):
        self.add(test, True, "")

    def addFailure(self, test, error):
        self.add(test, False, "Test Failed: " + str(error[1]))

    def addError(self, test, error):
        self.add(test, False, "Test Failed: " + "".join(traceback.format_exception(*error)[-1:]))

    def add(self, test, passed, output):
        row = {"name": test.shortDescription() or str(test), "output": self.said.getvalue() + output}
        row |= {key: self.marks[key] for key in ("number", "visibility", "tags") if key in self.marks}
        if "leaderboard" in self.marks:
            self.board.append({**self.marks["leaderboard"], "value": self.given})
        elif "max_score" in self.marks:
            given = self.given or 0.0 if self.marks.get("takes") else self.marks["max_score"]
            row |= {"max_score": self.marks["max_score"], "score": given if passed else 0.0}
            row["status"] = "passed" if row["score"] >= row["max_score"] else "failed"
        self.rows.append(row)

    def report(self, attempts):
        return {
            "tests": self.rows,
            "leaderboard": self.board,
            "visibility": "visible",
            "execution_time": f"{time.time() - self.began:.2f}",
            "extra_data": {"attempts": attempts},
        }
