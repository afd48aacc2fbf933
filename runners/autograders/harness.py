"""Gradescope's harness as this process has it: one engine, opened when it is first needed, and the images there."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from runners.autograders.engine import Engine
from runners.autograders.images import Image, Images
from runners.autograders.ran import Ran
from runners.autograders.runs import run_autograder
from runners.config import AutograderConfig
from runners.suite import Suite


class Harness:
    """Runs autograders. Safe to use from several threads."""

    def __init__(self, config: Callable[[], AutograderConfig]) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._images = Images()

    def engine(self) -> Engine:
        """Return the engine of this host. Raises ``NoSandbox``, whose sentence says what is missing."""
        with self._lock:
            if self._engine is None:
                self._engine = Engine.open(self._config())
            return self._engine

    def image_of(self, suite: Suite) -> Image:
        """Build or find the image of a suite. Raises ``SandboxFault``."""
        return self._images.image_of(self.engine(), suite.case_files, suite.manifest.image)

    def run(
        self,
        suite: Suite,
        files: Mapping[str, bytes],
        metadata: Mapping[str, Any],
        *,
        stopped: threading.Event,
        on_start: Callable[[], None] = lambda: None,
    ) -> Ran:
        """Run a suite's autograder on these files. Raises ``SandboxFault`` and ``Stopped``."""
        return run_autograder(
            self.engine(),
            self.image_of(suite),
            suite.manifest,
            files=files,
            metadata=metadata,
            stopped=stopped,
            on_start=on_start,
        )

    def close(self) -> None:
        """Hang up on the engine; images stay."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
