"""C08: print control characters, invalid UTF-8, nulls and one line of megabytes

Stopped by: what is no text becomes U+FFFD, escape sequences are taken out, and the rest is bounded.
"""

import os


def attacked(numbers):
    os.write(1, b"\x1b[2J\x1b]0;owned\x07\x1b[31mred\x1b[0m\x00\x08\x9b\xff\xfe\xed\xa0\x80<script>alert(1)</script>")
    os.write(1, "\u202egnp.exe\u2066\ufeff".encode() + b"\r\n" + bytes(range(256)) * 20_000)
    raise ValueError("\x1b[2J\x00\u202e<img src=x onerror=alert(1)>" + "\udc80")
