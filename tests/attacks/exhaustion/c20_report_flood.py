"""C20: make the report as large as it can get: characters of three bytes in every text

Stopped by: a report is measured in bytes and shortened before it is sent; points are never left out.
Note: found with this catalogue; before, it was measured in characters, and for a suite of many checks the site refused it.
"""

import os


def attacked(numbers):
    os.write(1, bytes([1, 2, 3, 4]) * 500_000)
    raise ValueError("\N{REPLACEMENT CHARACTER}" * 100_000)
