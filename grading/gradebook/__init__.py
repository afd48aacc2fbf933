"""What it is worth: an append-only log of grade events, and the cells computed from it."""
