"""Files that are whole or absent: written aside, synced, renamed. Full disks and locks in plain words.

Everything here turns an ``OSError`` into a ``RunError`` at the edge: see ``complaint``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fabricate.errors import RunError, SpecError, SubjectError, TemplateError

__all__ = [
    "Digests",
    "complaint",
    "digest",
    "lock",
    "place",
    "probe",
    "remove",
    "sync",
    "sync_tree",
    "tree",
    "write",
]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_SPARE_BYTES = 1 << 20


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Digests:
    """``digest`` that remembers, for as long as one run holds its folder."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], str] = {}

    def __call__(self, path: Path) -> str:
        stat = path.stat()
        seen = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if seen not in self._known:
            self._known[seen] = digest(path)
        return self._known[seen]


def tree(folder: Path) -> dict[str, str]:
    """Relative path (with ``/``) -> SHA-256 of every file below a folder; dot files are left out."""
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def sync(path: Path) -> None:
    """Force one file, or a folder's list of names, onto the disk."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    with contextlib.suppress(PermissionError):  # Windows opens no folders; a read-only file is synced already
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_tree(folder: Path) -> None:
    """Force every file and folder below (and ``folder`` itself) onto the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() or path.is_dir():
            sync(path)
    sync(folder)


def remove(path: Path) -> None:
    """Remove a file or a whole folder; nothing happens when it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write(path: Path, data: bytes, aside: Path) -> None:
    """Write a file in one step: into ``aside`` (same file system), synced, then renamed over ``path``."""
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def place(source: Path, target: Path, aside: Path) -> None:
    """Put a finished file at ``target`` in one step: a hard link where the disk allows it, else a copy."""
    if target.exists() and os.path.samefile(source, target):
        return
    remove(aside)
    try:
        os.link(source, aside)
    except OSError as exc:
        if exc.errno in _FULL:
            raise
        shutil.copyfile(source, aside)
        sync(aside)
    os.replace(aside, target)


def probe(aside: Path) -> None:
    """Raise ``OSError`` when not even a megabyte more fits: some writers swallow a full disk silently."""
    try:
        with aside.open("wb") as file:
            file.write(bytes(_SPARE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        aside.unlink(missing_ok=True)


def _chain(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def _is_full(folder: Path) -> bool:
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    try:
        return any(shutil.disk_usage(p).free < _SPARE_BYTES for p in (there, tempfile.gettempdir()))
    except OSError:
        return False


def complaint(exc: BaseException, folder: Path) -> RunError | None:
    """What a failure says about the disk below ``folder``, as a RunError; None when the disk is not to blame.

    A writer in a library often hides the cause, so the whole chain of exceptions is searched, and the free
    space is looked at as well.
    """
    if isinstance(exc, RunError | SpecError | SubjectError | TemplateError):
        return None
    found = any(isinstance(e, OSError) and e.errno in _FULL for e in _chain(exc))
    if found or (isinstance(exc, Exception) and _is_full(folder)):
        return RunError(
            f"the disk that holds {folder} is full",
            "make room there, or choose another folder with -o, and run again",
        )
    if not isinstance(exc, OSError) or isinstance(exc, BrokenPipeError):
        return None
    where = Path(os.fsdecode(exc.filename)) if isinstance(exc.filename, str | bytes) else folder
    inside = where == folder or folder in where.parents or where in folder.parents
    if isinstance(exc, NotADirectoryError | FileExistsError) and inside:
        return RunError(f"{where} is a file where a folder is needed", "choose another folder with -o")
    if (isinstance(exc, PermissionError) or exc.errno == errno.EROFS) and inside:
        return RunError(f"cannot write in {folder}", "choose a folder that is yours with -o")
    what = exc.strerror or str(exc) or type(exc).__name__
    return RunError(f"{where}: {what}", "check that it is there and yours, or choose another folder with -o")


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a folder's lock file, so that two runs never mix; RunError when another process holds it.

    The lock is the operating system's: it ends with its process, however that ends, so that the file of a
    run that was killed is simply taken over.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(handle):
            owner = os.pread(handle, 32, 0).decode(errors="replace").strip() if hasattr(os, "pread") else ""
            who = f"another run (process {owner})" if owner else "another run"
            raise RunError(
                f"{who} is at work in {path.parent.parent}", "wait for it, or choose another folder with -o"
            )
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
