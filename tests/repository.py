"""A git repository for a test, and the traps of one that nobody should trust."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Repository:
    """A work tree at `top`, on the branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.top = Path(os.path.realpath(folder)) / "repository"
        self.top.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.top, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> None:
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    def read(self, path: str) -> str:
        return (self.top / path).read_text()

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text
        self.write(path, text.replace(old, new))

    def commit(self, message: str = "x") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def set_traps(self, folder: Path) -> Path:
        """Let everything that git could run leave a mark; gives the path of that mark."""
        mark, trap = folder / "ran", folder / "trap"
        trap.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{mark}'\ncat\n")
        trap.chmod(0o755)
        program = os.fspath(trap)
        for name in ("clean", "smudge", "process"):
            self.git("config", f"filter.trap.{name}", program)
        self.git("config", "filter.trap.required", "true")
        self.git("config", "diff.trap.textconv", program)
        self.git("config", "diff.trap.command", program)
        self.git("config", "diff.external", program)
        self.git("config", "core.fsmonitor", program)
        self.git("config", "core.pager", program)
        self.git("config", "core.hooksPath", os.fspath(folder))
        (self.top / ".git" / "info" / "attributes").write_text("* filter=trap diff=trap\n")
        return mark
