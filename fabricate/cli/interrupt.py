"""^C that is never lost: Python swallows or wraps a KeyboardInterrupt that falls at an unlucky moment.

One raised in a callback of the garbage collector or of an import is only printed as ignored, one raised while
a class is built comes out as a RuntimeError. Both happen while a stage imports its libraries.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible"]

AGAIN_S = 0.05
"""How long after a swallowed ^C it is sent again."""


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Around a command: gives what is set when ^C was pressed, and sends a swallowed ^C again.

    Does nothing off the main thread, or where somebody else handles SIGINT.
    """
    pressed, over = threading.Event(), threading.Event()
    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed
        return

    def press(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    def send_again() -> None:
        if over.wait(AGAIN_S):
            return
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:  # wakes it from a wait, too
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def unraisable(fault: sys.UnraisableHookArgs) -> None:
        if issubclass(fault.exc_type, KeyboardInterrupt):
            threading.Thread(target=send_again, daemon=True).start()
        else:
            told(fault)

    told, sys.unraisablehook = sys.unraisablehook, unraisable
    signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        over.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = told
