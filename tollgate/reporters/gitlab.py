"""GitLab's Code Quality report: a list of objects, shown in the merge request.

Fields: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tollgate.model.digest import blake2b
from tollgate.model.finding import Finding, Note, Severity
from tollgate.model.report import Report
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import json_path, path_bytes, printable
from tollgate.reporters.texts import Texts

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "minor"}
_REMARK = "info"

_Json = dict[str, object]


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    separator = "["
    for item in _items(report):
        yield f"{separator}\n{json.dumps(item, ensure_ascii=True)}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _items(report: Report) -> Iterator[_Json]:
    prints = _Prints()
    for finding in Texts(report).active():
        yield _finding(finding, prints)
    for note in report.notes:
        yield _note(note, prints)


class _Prints:
    """GitLab takes equal fingerprints for one problem, wherever they are, and compares those of two branches:
    so the path is a part of them, the line is not, and equal ones are counted."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def of(self, path: str, key: str) -> str:
        named = path_bytes(path) + b"\0" + key.encode("utf-8", "backslashreplace")
        self._seen[named] += 1
        return blake2b(named + b"\0%d" % self._seen[named], digest_size=16).hexdigest()


def _finding(finding: Finding, prints: _Prints) -> _Json:
    path, (start, end) = finding.location
    return {
        "description": printable(finding.message),
        "check_name": finding.rule,
        "fingerprint": prints.of(path, finding.fingerprint),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": json_path(path), "lines": {"begin": start.line, "end": end.line}},
    }


def _note(note: Note, prints: _Prints) -> _Json:
    return {
        "description": printable(note.message),
        "check_name": note.kind,
        "fingerprint": prints.of(note.path, f"{note.kind}\0{note.message}"),
        "severity": _REMARK,
        "location": {"path": json_path(note.path), "lines": {"begin": max(note.line, 1)}},
    }
