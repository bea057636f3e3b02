"""Where Tollgate's own data lies, in a checkout or in the wheel, and the user's cache folder."""

from __future__ import annotations

import os
import stat
import sys

from tollgate.files import read_file

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_IN_WHEEL = os.path.join(_PACKAGE, "_data")
_CHECKOUT = os.path.dirname(_PACKAGE)

CACHE_VARIABLE = "TOLLGATE_CACHE_DIR"
_CACHE_LIMIT = 256 * 1024 * 1024
_PRIVATE = 0o700


def rules_dir() -> str:
    """The folder of the rule files."""
    return _folder("rules")


def schema_text(name: str) -> str:
    """The text of a file of schemas/, such as `config.schema.json`. Raises FileNotFoundError."""
    with open(os.path.join(_folder("schemas"), name), encoding="utf-8") as file:
        return file.read()


def differences_path() -> str:
    """What rules mean otherwise than the checks of other linters that they stand for, as YAML."""
    shipped = os.path.join(_IN_WHEEL, "differences.yaml")
    return shipped if os.path.isfile(shipped) else os.path.join(_CHECKOUT, "docs", "differences.yaml")


def compiled_catalog_path() -> str | None:
    """The catalog compiled when the wheel was built; None in a checkout, whose rules may change."""
    path = os.path.join(_IN_WHEEL, "catalog.txt")
    return path if os.path.isfile(path) else None


def _folder(name: str) -> str:
    shipped = os.path.join(_IN_WHEEL, name)
    return shipped if os.path.isdir(shipped) else os.path.join(_CHECKOUT, name)


def cache_dir(root: str | None = None) -> str | None:
    """The folder for caches, made if need be, readable by the user only; None if there can be none.

    `TOLLGATE_CACHE_DIR`, else `tollgate` in the platform's cache folder. It is not used where someone else
    could write to it, or below `root`: what is linted must not say what was found in it.
    """
    path = _cache_path()
    if path is None or (root is not None and _is_below(path, root)):
        return None
    try:
        os.makedirs(path, mode=_PRIVATE, exist_ok=True)
        found = os.lstat(path)
        if not _is_ours(found):
            return None
        if stat.S_IMODE(found.st_mode) != _PRIVATE:
            os.chmod(path, _PRIVATE)
    except OSError:
        return None  # a read-only home: work without a cache
    return path


def read_cached(name: str, *, root: str | None = None) -> str | None:
    """The text kept under `name`; None if there is none (or no cache, see `cache_dir`)."""
    folder = cache_dir(root)
    if folder is None:
        return None
    content = read_file(os.path.join(folder, name), limit=_CACHE_LIMIT)
    if content.state != "ok":
        return None
    try:
        return content.data.decode("utf-8")
    except UnicodeDecodeError:
        return None  # damaged, so as good as none


def write_cached(name: str, text: str, *, root: str | None = None) -> None:
    """Keep `text` under `name`, whole or not at all. A full disk or no cache is no error: work goes on."""
    folder = cache_dir(root)
    if folder is None:
        return
    path = os.path.join(folder, name)
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        _remove(temporary)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _cache_path() -> str | None:
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return os.path.abspath(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the specification says to pass over a relative one
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))
    return os.path.join(base, "tollgate")


def _is_below(path: str, root: str) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(os.path.join(top, ""))


def _is_ours(found: os.stat_result) -> bool:
    mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    return stat.S_ISDIR(found.st_mode) and mine and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
