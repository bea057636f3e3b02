"""The files that are measured, and a digest that proves two runs measured the same ones."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

from benchmarks.dockerfiles import write_dockerfile
from benchmarks.manifests import write_large_file, write_manifests

SEED = 20_240_501
LARGE_FILE_SIZE = 100_000


def make_dockerfiles(folder: Path, count: int) -> None:
    """`count` Dockerfiles, each in a folder of its own, as in a repository of many services."""
    random = Random(SEED)
    for number in range(count):
        _write(folder / f"service-{number:04}" / "Dockerfile", write_dockerfile(random))


def make_manifests(folder: Path, count: int) -> None:
    """`count` manifest files, fifty to a folder. The first ones of a larger set are those of a smaller."""
    random = Random(SEED)
    for number in range(count):
        _write(folder / f"team-{number // 50:03}" / f"app-{number:05}.yaml", write_manifests(random, number))


def make_large_manifests(folder: Path, count: int) -> None:
    """`count` manifest files of 100 kB each."""
    random = Random(SEED)
    for number in range(count):
        _write(folder / f"bundle-{number:03}.yaml", write_large_file(random, number, LARGE_FILE_SIZE))


def describe(folder: Path) -> tuple[int, int, str]:
    """Number of files, their bytes, and a digest of all names and bytes."""
    digest = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    size = 0
    for path in files:
        data = path.read_bytes()
        size += len(data)
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return len(files), size, digest.hexdigest()[:12]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
