"""From what is asked to what it is worth."""
