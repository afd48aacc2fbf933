"""When work is due for whom, what lateness costs, and who may be late."""
