"""Images that lack what a suite forbids: made by the engine from an environment's image, once, and found again.

A mount over a package would leave a folder of its name, which Python takes for a package; so the image itself must
lack it. The engine runs a few lines of Python, without a network, that remove each forbidden distribution with all
of its files. An image made from an older parent is removed when a newer one takes its place.
"""

import contextlib
import hashlib
import io
import json
import tarfile
from typing import Any

from docker.errors import APIError, BuildError, ImageNotFound

from runners.sandboxes.base import SandboxFault
from runners.sandboxes.environments import PYTHON, SITE, Surroundings

PARENT_LABEL = "org.coursehub.parent"
WITHOUT_LABEL = "org.coursehub.without"

# Runs in the image, with nothing but the standard library: SITE NAME...
_REMOVE = r"""
import pathlib, re, shutil, sys
from importlib import metadata

site, forbidden = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
gone, kept = {}, set()
for found in metadata.distributions(path=[str(site)]):
    name = re.sub(r"[-_.]+", "-", found.name).lower()
    tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__", "bin", "share")}
    if name in forbidden:
        gone.update(dict.fromkeys(tops, name))
    else:
        kept |= tops
if shared := sorted(gone.keys() & kept):
    sys.exit(f"cannot-be-taken-away {gone[shared[0]]} {shared[0]}")
for top in gone:
    path = site / top
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for compiled in (site / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
"""


def without(client: Any, parent: str, wanted: Surroundings) -> str:
    """Return the id of the parent image without the forbidden packages. Raises ``SandboxFault`` and the engine's."""
    names = sorted(wanted.forbidden)
    key = hashlib.sha256("\n".join([parent, _REMOVE, *names]).encode()).hexdigest()
    repository = f"coursehub/sandbox-{wanted.environment}-without"
    tag = f"{repository}:{key[:16]}"
    with contextlib.suppress(ImageNotFound):
        return str(client.images.get(tag).id)
    labels = {PARENT_LABEL: parent, WITHOUT_LABEL: " ".join(names)}
    try:
        image, _ = client.images.build(
            fileobj=_context(parent, names), custom_context=True, tag=tag, labels=labels, network_mode="none", rm=True
        )
    except BuildError as error:
        said = next((line for line in reversed(_lines(error)) if "cannot-be-taken-away" in line), "")
        sentence = f"The suite forbids {', '.join(names)}, and no sandbox without that could be made."
        raise SandboxFault(sentence, said or str(error)[:2_000]) from error
    _remove_older(client, repository, parent, " ".join(names))
    return str(image.id)


def _remove_older(client: Any, repository: str, parent: str, names: str) -> None:
    for image in client.images.list(name=repository, filters={"label": f"{WITHOUT_LABEL}={names}"}):
        if image.labels.get(PARENT_LABEL) != parent:
            # One that a runner still uses is refused, and the next time is soon enough.
            with contextlib.suppress(APIError):
                client.images.remove(image.id)


def _context(parent: str, names: list[str]) -> io.BytesIO:
    command = json.dumps([PYTHON, "-I", "-S", "-c", _REMOVE, SITE, *names])
    dockerfile = f"FROM {parent}\nRUN {command}\n".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        archive.addfile(entry, io.BytesIO(dockerfile))
    packed.seek(0)
    return packed


def _lines(error: BuildError) -> list[str]:
    return [str(part.get("stream") or part.get("error") or "") for part in error.build_log]
