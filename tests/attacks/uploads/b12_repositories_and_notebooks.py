"""B12: a repository with hooks and submodules, and a notebook with enormous or scripted outputs

Stopped by: nothing is cloned; `.git` is left out; a notebook is a file like any other, with the size of one.
Expect: refused, accepted
"""

import json

from tests.attacks.archives import tarred, zipped

SCRIPTED = {"cells": [{"cell_type": "code", "outputs": [{"data": {"text/html": "<script>alert(1)</script>"}}]}]}


def uploads():
    yield [("work.py", b""), ("big.ipynb", b'{"cells": [' + b'"' + b"x" * 2_000_000 + b'"]}')]


def accepted():
    hook = (".git/hooks/post-checkout", b"#!/bin/sh\ntouch /tmp/hooked\n")
    modules = (".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = file:///etc\n')
    yield [("hw.zip", zipped(hook, (".git/config", b"[core]\n\tfsmonitor = touch /tmp/hooked\n"), modules))]
    yield [("hw.tgz", tarred(hook, modules))]
    yield [("work.py", b""), ("scripted.ipynb", json.dumps(SCRIPTED).encode())]


def check(paths):
    assert not any(path.startswith(".git/") for path in paths)
