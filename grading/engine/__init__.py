"""Pure rules about points, tries, lateness and grades. No Django, no clock, no database, no float.

Theory of operation
-------------------
A grade is made in four steps, each of which knows only the one before.

1. *Item values.* ``items.item_value`` turns what is known of one student and one item (tries, dates, slip days,
   excuses, overrides) into a state and exact points, with a sentence for each step; ``lateness``, ``penalties``,
   ``slip_days``, ``curves`` and ``tries`` hold the rules.
2. *Rows.* ``rows.StudentRow`` holds a student's item values and counts (``participation``) by the keys of the scheme.
   What is not released is taken out by ``as_its_student_sees_it``; the engine itself does not know who looks.
3. *Nodes and totals.* ``scheme.Scheme`` is a tree; ``problems.problems`` says what keeps it from being published.
   ``totals.totals_of`` computes one student on fractions, ``class_totals.totals_of_class`` a class on integers, and
   both give exactly the same. Three numbers come out: current, floor and ceiling; ``final`` is the floor once nothing
   is pending.
4. *What rests on totals.* ``trace.traced`` explains one, ``goals.needed`` and ``goals.what_if`` ask what would have to
   happen, ``readings.readings`` says whom another reading of the rules would change.

Numbers are ``Decimal`` where rows hold them and ``Fraction`` from there on. ``points.rounded`` is the one rounding, a
half up, and is used for showing only. Keys of items, nodes and students are the caller's own: integers or strings.
"""
