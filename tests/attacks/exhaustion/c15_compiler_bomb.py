"""C15: let a compiler run for ever and print without end

Stopped by: there is no compiler; Python's own has the import's limits, which are a check's.
Expect: refused
Points: 0
Note: the catalogue's template bomb for gcc and nvcc has no compiler to run here; this is the same for Python's.
"""

import sys

sys.setrecursionlimit(1 << 30)
exec("x = " + "(" * 50 + "[" * 40 + "0" + "]" * 40 + ")" * 50)
compile("if 1:\n" + "".join(" " * n + "if 1:\n" for n in range(1, 90)) + " " * 90 + "0", "nested", "exec")
compile("-" * 2_000_000 + "1", "bomb", "eval")
raise SystemExit("nothing to compile")
