"""Asks kubectl how it decodes files, and keeps its answers for machines that have none.

`python -m tests.oracle.kubectl` writes kubectl.json anew; it holds, for each case, the decoded
documents, or null where kubectl refuses the file. Recorded with kubectl 1.32.4; 1.20.2 answers the same
but for separators with comments or text on their line.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.oracle.kubectl_cases import all_cases

RECORD = Path(__file__).with_name("kubectl.json")


def ask(data: bytes) -> list[object] | None:
    """The documents that kubectl decodes from a file of these bytes; None if it refuses the file."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise LookupError("kubectl is missing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.yaml")
        path.write_bytes(data)
        command = [kubectl, "annotate", "--local", "-f", str(path), "tollgate.dev/asked=yes", "-o", "json"]
        surroundings = {**os.environ, "HOME": folder, "KUBECONFIG": os.devnull}
        done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=surroundings)
    return None if done.returncode else _documents(done.stdout.decode("utf-8", "replace"))


def _documents(printed: str) -> list[object]:
    documents: list[object] = []
    decoder = json.JSONDecoder()
    rest = printed.lstrip()
    while rest:
        document, end = decoder.raw_decode(rest)
        del document["metadata"]["annotations"]
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents


def recorded() -> dict[str, list[object] | None]:
    """kubectl's recorded answers by the name of the case."""
    answers: dict[str, list[object] | None] = json.loads(RECORD.read_text(encoding="utf-8"))
    return answers


def main() -> None:
    answers = {name: ask(data) for name, data in all_cases().items()}
    lines = [f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
