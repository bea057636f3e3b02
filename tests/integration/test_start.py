"""What a plain run of the hook must not import or prepare: its start is most of its time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "Dockerfile": 'FROM debian:12 AS base\nRUN apt-get install -y curl | tee log\nCMD ["a"]\n',
    "pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: nginx:1.27
      env: [{name: TOKEN, value: abc}]
""",
}
TOO_SLOW = (
    "argparse ast contextlib dataclasses datetime difflib email hashlib inspect jsonschema logging "
    "multiprocessing pathlib pickle random ruamel shutil subprocess tempfile textwrap threading traceback "
    "typer typing unittest"
).split()

CODE = """\
import json, re, sys, types
known = set(sys.modules)
from tollgate.hook import run
status = run(sys.argv[1:], prog="tollgate-hook")
ours = [module for name, module in sys.modules.items() if name.startswith("tollgate")]
compiled = [
    f"{module.__name__}.{name}"
    for module in ours
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
]
sys.stderr.write(json.dumps([status, sorted(set(sys.modules) - known), compiled]))
"""


@pytest.mark.parametrize("name", FILES)
def test_one_file_costs_no_import_that_can_wait(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, check=True)
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{CODE}", name]
    for _ in ("a checkout compiles its rules", "and then has them"):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    status, modules, compiled = json.loads(done.stderr)
    assert status == 1
    assert [name for name in TOO_SLOW if name in modules] == []
    assert compiled == []
