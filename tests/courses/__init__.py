"""The courses of `courses/` say what their documents say."""
