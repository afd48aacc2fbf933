"""A database behind a socket, which every user may ask and only root may change."""

import json
import os
import socketserver
import sqlite3

PATH = "/run/shopd.sock"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        question = self.rfile.readline().decode()
        database = sqlite3.connect("file:/var/lib/shop.sqlite?mode=ro", uri=True)
        try:
            answer = database.execute(question).fetchall()
        except sqlite3.Error as error:
            answer = f"error: {error}"
        finally:
            database.close()
        self.wfile.write(json.dumps(answer).encode())


made = sqlite3.connect("/var/lib/shop.sqlite")
made.executescript(
    "create table sale (thing text, price int); insert into sale values ('pen', 2), ('ink', 5), ('pen', 3);"
)
made.commit()
made.close()
server = socketserver.UnixStreamServer(PATH + ".new", Handler)
os.chmod(PATH + ".new", 0o666)
os.rename(PATH + ".new", PATH)
server.serve_forever()
