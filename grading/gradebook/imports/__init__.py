"""Files that change people and grades.

Theory of operation
-------------------
A file is kept under its hash and becomes an ``ImportBatch`` (``batches.begin``). Reading it with the ``Choices`` of the
batch gives a plan (``plans``), which is stored there: what each person or cell is now, and what it would be. The page
shows that plan, and ``batches.apply`` carries out exactly that plan: under locks it compares every ``before`` with how
things are now, and where anything differs it changes nothing and says what. Applying twice is applying once. Another
answer to a question (``batches.look_again``) reads the kept file anew, so nothing has to be uploaded or typed again.

``batches.undo`` puts back every ``before`` whose ``after`` still stands, and tells of the rest.
"""
