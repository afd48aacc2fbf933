import sys

import pytest
from calculator import mean, save, show
from numbers_to_try import MEANS


@pytest.mark.points(3)
@pytest.mark.parametrize(("numbers", "expected"), MEANS)
def test_mean(numbers, expected):
    """The mean of a list.

    More of this docstring is not shown.
    """
    assert mean(numbers) == pytest.approx(expected)


def test_save(tmp_path):
    """A file with a number on each line."""
    path = tmp_path / "numbers.txt"

    save([1, 2], path)

    assert path.read_text() == "1\n2\n"


def test_show(capsys):
    show([1, 2])

    assert capsys.readouterr().out == "1 2\n"


def test_show_writes_to_whatever_standard_output_is(monkeypatch, counted):
    written = []
    monkeypatch.setattr(sys.stdout, "write", written.append)

    show([3])

    counted.append("once")
    assert "".join(written) == "3\n"
    assert counted == ["once"]


def test_another_one_sees_nothing_of_the_last(counted):
    assert mean([4]) == 4
    assert counted == []


@pytest.mark.points(1)
@pytest.mark.xfail(reason="division of nothing is nobody's business", raises=ZeroDivisionError, strict=True)
def test_the_mean_of_nothing():
    mean([])


@pytest.mark.skipif(sys.platform == "win32" or True, reason="only on another machine")
def test_that_is_always_skipped():
    raise AssertionError


@pytest.mark.points(1)
def test_that_looks_around_first():
    if "calculator" not in sys.modules:
        pytest.skip("there is no calculator")
    assert sys.modules["calculator"].mean([2]) == 2
