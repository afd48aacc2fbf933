"""An offering as a whole: as files, as a draft, as published; what a change would alter, and the log of changes."""
