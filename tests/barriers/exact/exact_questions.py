"""Questions about single examples that worker processes find by name."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

from toykit.barriers.exact.pieces import ExactChord


class Number:
    """The example, and whether a worker answered; slow enough that there is time for one to start."""

    def __call__(self, chord: ExactChord, example: int) -> tuple[int, bool]:
        time.sleep(0.02)
        return example, multiprocessing.parent_process() is not None

    def packed(self, answer):
        return [answer]

    def unpacked(self, packed):
        return packed[0]


class Patient(Number):
    """Waits in the coordinator until a worker has answered once, a minute at most."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, chord: ExactChord, example: int) -> tuple[int, bool]:
        elsewhere, until = multiprocessing.parent_process() is not None, time.monotonic() + 60
        if elsewhere:
            self.mark.touch()
        while not self.mark.exists() and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.02)
        return example, elsewhere


class Deadly(Number):
    """Kills every worker."""

    def __call__(self, chord: ExactChord, example: int) -> tuple[int, bool]:
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.03)
        return super().__call__(chord, example)


class Interrupted(Number):
    """Ctrl-C in the coordinator while its worker is at a long block."""

    def __call__(self, chord: ExactChord, example: int) -> tuple[int, bool]:
        if multiprocessing.parent_process() is None:
            raise KeyboardInterrupt
        time.sleep(60)
        return example, True


class Refused(Number):
    """An error in whichever process comes first."""

    def __call__(self, chord: ExactChord, example: int) -> tuple[int, bool]:
        raise ZeroDivisionError(f"example {example}")
