import json
import os
import socket
import sys

answers = []
for question in open(sys.argv[1]).read().splitlines():
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("/run/shopd.sock")
        line.sendall(question.encode() + b"\n")
        answers.append(json.loads(b"".join(iter(lambda: line.recv(4096), b""))))
print(json.dumps({"asked_by": os.getuid(), "answers": answers}))
