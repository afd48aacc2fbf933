"""C23: use up every limit while being imported, where there is no check to charge it to

Stopped by: the trial import is a fork with limits like any other, and its end is a refusal.
Expect: refused
Points: 0
"""

kept = []
while True:
    kept.append(bytearray(b"x") * (16 << 20))
