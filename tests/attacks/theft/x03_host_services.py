"""X03: reach services of the host on the loopback: database, broker, and one that is known to listen

Stopped by: the loopback of the jail is another one, and it is down.
"""

import socket


def attacked(numbers):
    for host in ("127.0.0.1", "::1", "0.0.0.0", "172.17.0.1", "host.docker.internal", "localhost"):
        for port in (int("@PORT@"), 5432, 6379, 2375, 8000, 22):
            try:
                with socket.create_connection((host, port), timeout=0.2) as connection:
                    print("GOT", host, port, connection.recv(100))
            except OSError:
                continue
    return numbers
