"""reviewdog's rdjson, with fixes as suggestions: a reviewer takes one with a click.

Format: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf. Its columns count bytes of UTF-8.
Several suggestions would be alternatives, so a fix is one: its edits joined.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tollgate.model.finding import Edit, Finding, Note, Related, Severity
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report
from tollgate.model.source import Position, Region, has_surrogate
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import comment, is_link, json_path
from tollgate.reporters.texts import Texts, tellable_edits

_SOURCE = {"name": "tollgate", "url": "https://github.com/tollgate-dev/tollgate"}
_SEVERITIES: dict[Severity, str] = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}

LONGEST_SUGGESTION = 4_000
"""Characters; edits further apart than a reviewer can see at once are left to `--fix`."""

_Json = dict[str, object]


def render(report: Report, _options: RenderOptions) -> Iterator[str]:
    yield f'{{"source": {_dump(_SOURCE)}, "diagnostics": ['
    separator = "\n"
    for diagnostic in _diagnostics(report):
        yield f"{separator}{_dump(diagnostic)}"
        separator = ",\n"
    yield "\n]}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _diagnostics(report: Report) -> Iterator[_Json]:
    texts = Texts(report)
    for finding in texts.active():
        yield _finding(finding, texts.get(finding.location.path), report)
    yield from map(_note, report.notes)


def _finding(finding: Finding, text: MaskedText | None, report: Report) -> _Json:
    path, region = finding.location
    rule = report.rules.get(finding.rule)
    code = {"value": finding.rule}
    if rule is not None and is_link(rule.url):
        code["url"] = rule.url
    diagnostic: _Json = {
        "message": "\n".join(_message(finding)),
        "location": {"path": json_path(path), "range": _range(region, text)},
        "severity": _SEVERITIES[finding.severity],
        "code": code,
    }
    if finding.related:
        diagnostic["related_locations"] = [
            _related(item, finding.location.path, text) for item in finding.related
        ]
    suggestion = _suggestion(tellable_edits(finding, text), text)
    if suggestion is not None:
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _message(finding: Finding) -> Iterator[str]:
    yield comment(finding.message)
    if finding.fix is not None:
        safety = "safe" if finding.fix.safe else "unsafe: look at what it changes"
        yield comment(f"fix: {finding.fix.title or 'can be fixed'} ({safety})")


def _related(related: Related, path: str, text: MaskedText | None) -> _Json:
    there, region = related.location
    return {
        "message": comment(related.message),
        "location": {"path": json_path(there), "range": _range(region, text if there == path else None)},
    }


def _range(region: Region, text: MaskedText | None) -> _Json:
    """Without the text nobody knows where the bytes are; lines still hold."""
    return {"start": _position(region.start, text), "end": _position(region.end, text)}


def _position(position: Position, text: MaskedText | None) -> _Json:
    if text is None:
        return {"line": position.line}
    return {"line": position.line, "column": text.byte_column(position)}


def _suggestion(edits: Sequence[Edit] | None, text: MaskedText | None) -> _Json | None:
    """The edits of a fix as one; None where what stands between them is secret, long, or not to be said in
    JSON. What is not UTF-8 reviewdog cannot put in a comment."""
    if not edits or text is None or text.encoding != "utf-8":
        return None
    ordered = sorted(edits)
    first, last = ordered[0].start, max(edit.end for edit in ordered)
    if last - first > LONGEST_SUGGESTION:
        return None
    parts, at = [], first
    for edit in ordered:
        between = text.exact(at, edit.start)
        if between is None or has_surrogate(between):
            return None
        parts += [between, edit.text]
        at = edit.end
    return {"range": _range(text.region(first, last), text), "text": "".join(parts)}


def _note(note: Note) -> _Json:
    return {
        "message": comment(note.message),
        "location": {"path": json_path(note.path), "range": {"start": {"line": max(note.line, 1)}}},
        "severity": "INFO",
        "code": {"value": note.kind},
    }
