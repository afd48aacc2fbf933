"""X04: reach sockets of the host: abstract ones, and those of container engines, databases and the system

Stopped by: abstract names belong to the network namespace, and no folder of sockets is in the jail.
"""

import os
import socket
import stat


def attacked(numbers):
    found = ["\0@SOCKET@", "/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket"]
    for top, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if top != "/" or name not in ("proc", "sys", "opt", "usr")]
        for name in names:
            path = os.path.join(top, name)
            try:
                if stat.S_ISSOCK(os.lstat(path).st_mode):
                    found.append(path)
            except OSError:
                continue
    for path in found:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.2)
                connection.connect(path)
                print("GOT", path, connection.recv(100))
        except OSError:
            continue
    return numbers
