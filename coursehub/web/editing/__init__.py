"""Forms that change an offering.

Theory of operation
-------------------
A form turns what was typed into a changed ``OfferingContent``; nothing is written on the way. ``desk`` compares the
two, shows what would change and which dates follow, asks for the reason once the offering is published, and only then
hands the changed content to ``publishing.services``. The step in between carries everything that was typed in hidden
fields, so each view is one function without a memory, and going back shows the form as it was. A form remembers the
version of the offering it was made from: where that has grown, the form comes back with what others changed, and
nothing is overwritten unseen. ``shelves`` says which collections of entries there are and which form each has.
"""
