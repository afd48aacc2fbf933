"""E01: talk to the container engine, which is root on its host

Stopped by: its socket is in no sandbox, and nothing listens on its ports.
"""

import os
import socket


def attacked(numbers):
    places = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock"]
    for path in places:
        if os.path.exists(path):
            print("GOT", path)
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(path)
                print("GOT a connection to", path)
        except OSError:
            continue
    for port in (2375, 2376):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2)
            print("GOT port", port)
        except OSError:
            continue
    if "DOCKER_HOST" in os.environ:
        print("GOT DOCKER_HOST")
    return numbers
