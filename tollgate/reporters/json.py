"""The report as one JSON object, for programs.

Only ASCII is written: everything else is `\\uXXXX`, so that no reader and no terminal can misread it.
Messages hold visible escapes as in the text report; `path` is exact unless the name is no UTF-8, and
`uri` always is. One finding stands on each line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from tollgate.model.finding import Finding, Fix, Note, Related
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report, RuleInfo, Since
from tollgate.model.source import Region
from tollgate.reporters.counts import count
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import json_path, printable, uri
from tollgate.reporters.texts import Texts, tellable_edits

FORMAT_VERSION = 1
"""Grows when a field changes its meaning or goes; new fields may come at any time."""

_Json = dict[str, object]


def render(report: Report, options: RenderOptions) -> Iterator[str]:
    texts = Texts(report)
    yield "{\n"
    for key, value in _head(report).items():
        yield f"{_dump(key)}: {_dump(value)},\n"
    findings = (texts.scrubbed(finding) for finding in report.findings)
    yield from _list("findings", (_finding(item, texts.get(item.location.path)) for item in findings))
    yield ",\n"
    yield from _list("notes", map(_note, report.notes))
    yield ",\n"
    names = sorted({finding.rule for finding in report.findings})
    yield from _list("rules", (_rule(report.rules[name]) for name in names))
    yield "\n}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def _list(key: str, items: Iterable[_Json]) -> Iterator[str]:
    yield f"{_dump(key)}: ["
    separator = "\n"
    for item in items:
        yield f"{separator}{_dump(item)}"
        separator = ",\n"
    yield "]" if separator == "\n" else "\n]"


def _head(report: Report) -> _Json:
    return {
        "format": FORMAT_VERSION,
        "tool": {"name": "tollgate", "version": report.tool_version},
        "kubernetes_version": report.kubernetes_version,
        "today": report.today,
        "policy": None if report.policy_path is None else json_path(report.policy_path),
        "errors": [printable(error) for error in report.errors],
        **({} if report.since is None else {"since": _since(report.since)}),
        "summary": _summary(report),
    }


def _since(since: Since) -> _Json:
    """Only there with --since, as is `change` of each finding."""
    return {
        "ref": printable(since.ref),
        "base": since.base,
        "staged": since.staged,
        "changed": since.changed,
        "left_out": since.left_out,
        "policy_changed": since.policy_changed,
    }


def _summary(report: Report) -> _Json:
    counted, summary = count(report), report.summary
    return {
        "findings": {"error": counted.error, "warning": counted.warning, "note": counted.note},
        "suppressed": counted.suppressed,
        "in_baseline": counted.accepted,
        "fixable": {"safe": counted.safe, "unsafe": counted.unsafe},
        "fixed": summary.fixed,
        "files": {"linted": summary.files, "with_findings": counted.files, "other": summary.other},
        "dockerfiles": summary.dockerfiles,
        "manifests": summary.manifests,
        "not_linted": summary.not_linted,
    }


def _location(path: str, region: Region) -> _Json:
    return {"path": json_path(path), "uri": uri(path), "region": _region(region)}


def _region(region: Region) -> _Json:
    (first, start), (last, end) = region
    return {"start": {"line": first, "column": start}, "end": {"line": last, "column": end}}


def _finding(finding: Finding, text: MaskedText | None) -> _Json:
    suppressed = finding.suppressed
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": printable(finding.message),
        "location": _location(*finding.location),
        "object_kind": None if finding.object_kind is None else printable(finding.object_kind),
        "object_name": None if finding.object_name is None else printable(finding.object_name),
        "fingerprint": finding.fingerprint,
        "related": [_related(item) for item in finding.related],
        "fix": None if finding.fix is None else _fix(finding, finding.fix, text),
        "suppressed": None
        if suppressed is None
        else {
            "kind": suppressed.kind,
            "by": printable(suppressed.by),
            "reason": printable(suppressed.reason),
            "line": suppressed.line,
            "until": suppressed.until or None,
            "approved_by": printable(suppressed.approved_by) or None,
        },
        **({} if finding.change is None else {"change": finding.change}),
        "sets": list(finding.sets),
        "equivalents": _equivalents(finding.equivalents or {}),
    }


def _related(related: Related) -> _Json:
    return {"message": printable(related.message), "location": _location(*related.location)}


def _fix(finding: Finding, fix: Fix, text: MaskedText | None) -> _Json:
    """`edits` is null where they would tell a secret or cannot be said in JSON."""
    edits = tellable_edits(finding, text)
    return {
        "title": printable(fix.title),
        "safe": fix.safe,
        "edits": None
        if edits is None or text is None
        else [{"region": _region(text.region(edit.start, edit.end)), "text": edit.text} for edit in edits],
    }


def _note(note: Note) -> _Json:
    return {
        "kind": note.kind,
        "path": json_path(note.path),
        "uri": uri(note.path),
        "line": note.line or None,
        "message": printable(note.message),
    }


def _rule(rule: RuleInfo) -> _Json:
    return {
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity,
        "level": rule.level,
        "sets": list(rule.sets),
        "equivalents": _equivalents(rule.equivalents),
        "security_severity": rule.security_severity,
        "url": rule.url,
    }


def _equivalents(equivalents: Mapping[str, tuple[str, ...]]) -> _Json:
    return {peer: list(ids) for peer, ids in sorted(equivalents.items())}
