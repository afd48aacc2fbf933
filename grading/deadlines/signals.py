"""What is announced to the rooms above, which this one does not know."""

from django.dispatch import Signal

dates_changed = Signal()
"""Effective dates of some people moved, what lateness costs them, or the scale of their points, so what was computed
from it is out of date.

Sent inside the transaction that changes the rows, once for each change, with `sender` None and the keywords
`assessment_pks` and `enrollment_pks`, both frozen sets of keys; each person with each assessment may have moved.
"""
