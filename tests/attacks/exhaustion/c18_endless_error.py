"""C18: raise errors that are endless: deep, long, and with a text that never comes

Stopped by: an error is put into words inside its own check, in bounds, and under that check's limit.
Expect: failed, timeout, crashed
"""


class Endless(Exception):
    def __str__(self):
        return "x" * 50_000_000 if self.args else self.__str__()


def attacked(numbers):
    error = Endless("y")
    for _ in range(10_000):
        new = Endless("z" * 100)
        new.__cause__ = new.__context__ = error
        error = new
    if numbers.shape == (3, 4):
        raise error
    raise type("N" * 1_000_000, (Endless,), {})
