"""X01: reach the internet by TCP, UDP, IPv6 or raw packets

Stopped by: a network namespace of its own without an interface, and without the right to make one.
"""

import socket


def attacked(numbers):
    for family, address in ((socket.AF_INET, ("1.1.1.1", 443)), (socket.AF_INET6, ("2606:4700:4700::1111", 443))):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                with socket.socket(family, kind) as connection:
                    connection.settimeout(0.3)
                    connection.connect(address)
                    connection.send(b"GET / HTTP/1.0\r\n\r\n")
                    print("GOT", kind, address)
            except OSError:
                continue
    return numbers
