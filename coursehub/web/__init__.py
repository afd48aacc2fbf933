"""Pages for browsers.

Theory of operation
-------------------
A view parses the request, asks the rooms below for what this person may see, builds one frozen page object
(``pages/``) and hands it to a template, which does no query and no arithmetic. ``borders.signed_in`` wraps
every view: it asks for a sign-in and turns refusals of the lower rooms into pages (unknown or not yours: 404;
yours to see but not to do: 403). Sentences and marks live in ``words``, drawings in ``charts``. The one page
that changes by itself, a submission, is polled by htmx; its fragment carries no trigger once nothing will change.
"""
