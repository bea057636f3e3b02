"""SARIF 2.1.0 for code scanning, within GitHub's limits.

Limits: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/troubleshoot-sarif-uploads/results-exceed-limit
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tollgate.model.finding import SEVERITIES, Finding, Note, Related
from tollgate.model.masked import MaskedText
from tollgate.model.report import Report, RuleInfo
from tollgate.model.source import Region
from tollgate.reporters.counts import plural
from tollgate.reporters.line_hash import line_hashes
from tollgate.reporters.options import RenderOptions
from tollgate.reporters.printable import printable, sarif_message, uri
from tollgate.reporters.sarif_rules import notification_descriptor, rule_descriptor
from tollgate.reporters.texts import Texts, tellable_edits

MOST_RESULTS = 25_000
"""GitHub refuses a run with more …"""
SHOWN_RESULTS = 5_000
"""… and keeps this many, so beyond it the worst come first."""
MOST_RELATED = 100
MOST_LINKED = 5

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION_URI = "https://github.com/tollgate-dev/tollgate"
SOURCE_ROOT = "%SRCROOT%"

_Json = dict[str, object]
_LineHashes = Mapping[tuple[str, int], str]


def render(report: Report, options: RenderOptions) -> Iterator[str]:
    findings = _chosen(report, with_suppressed=options.sarif_suppressed)
    left_out = _count_all(report, options) - len(findings)
    rules = _rules(report, findings)
    index = {rule.name: number for number, rule in enumerate(rules)}
    hashes = _line_hashes(report, findings)
    texts = Texts(report)
    run = _dump(_run(report, rules, left_out))
    yield f'{{"$schema": {_dump(SCHEMA)}, "version": "2.1.0", "runs": [\n{run[:-1]}, "results": ['
    separator = "\n"
    for finding in findings:
        text = texts.get(finding.location.path)
        result = _result(texts.scrubbed(finding), text, index, hashes)
        if options.sarif_suppressed:
            result["suppressions"] = _suppressions(finding)
        yield f"{separator}{_dump(result)}"
        separator = ",\n"
    yield "\n]}]}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _chosen(report: Report, *, with_suppressed: bool) -> list[Finding]:
    """The findings to tell, in the report's order, or worst first where GitHub would cut the list."""
    findings = list(report.inside if with_suppressed else report.active)
    if len(findings) <= SHOWN_RESULTS:
        return findings
    rank = {severity: number for number, severity in enumerate(SEVERITIES)}
    findings.sort(key=lambda item: (item.suppressed is not None, rank[item.severity], -_score(report, item)))
    return findings[:MOST_RESULTS]


def _count_all(report: Report, options: RenderOptions) -> int:
    return len(report.inside if options.sarif_suppressed else report.active)


def _score(report: Report, finding: Finding) -> float:
    rule = report.rules.get(finding.rule)
    return float(rule.security_severity) if rule is not None and rule.security_severity else 0.0


def _rules(report: Report, findings: list[Finding]) -> list[RuleInfo]:
    """The rules that the findings name, by name."""
    named = {finding.rule: finding for finding in findings}
    return [
        report.rules.get(name) or RuleInfo(name, name, finding.severity)
        for name, finding in sorted(named.items())
    ]


def _line_hashes(report: Report, findings: list[Finding]) -> _LineHashes:
    """GitHub's fingerprint for every line where a finding starts."""
    lines: dict[str, set[int]] = {}
    for finding in findings:
        lines.setdefault(finding.location.path, set()).add(finding.location.region.start.line)
    hashes: dict[tuple[str, int], str] = {}
    for path, numbers in lines.items():
        text = report.load(path)
        if text is not None:
            hashed = line_hashes(text)
            hashes.update({(path, line): hashed[line - 1] for line in numbers if 0 < line <= len(hashed)})
    return hashes


def _run(report: Report, rules: list[RuleInfo], left_out: int) -> _Json:
    """Everything of the run but its results."""
    driver: _Json = {
        "name": "Tollgate",
        "informationUri": INFORMATION_URI,
        "rules": [rule_descriptor(rule) for rule in rules],
        "notifications": [notification_descriptor(kind) for kind in _note_kinds(report)],
    }
    if report.tool_version:
        driver["version"] = report.tool_version
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": "tollgate/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {SOURCE_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": list(_notifications(report, left_out)),
            }
        ],
        "properties": {"kubernetesVersion": report.kubernetes_version, "today": report.today},
    }


def _notifications(report: Report, left_out: int) -> Iterator[_Json]:
    for error in report.errors:
        yield {"level": "error", "message": {"text": sarif_message(error)}}
    if left_out:
        said = f"{plural(left_out, 'finding')} left out: GitHub takes {MOST_RESULTS:,} in one run."
        yield {"level": "warning", "message": {"text": said}}
    kinds = _note_kinds(report)
    for note in report.notes:
        yield {
            "descriptor": {"id": note.kind, "index": kinds.index(note.kind)},
            "level": "note",
            "message": {"text": sarif_message(note.message)},
            "locations": [_note_location(note)],
        }


def _note_kinds(report: Report) -> list[str]:
    return sorted({note.kind for note in report.notes})


def _note_location(note: Note) -> _Json:
    place: _Json = {"artifactLocation": _artifact(note.path)}
    if note.line:
        place["region"] = {"startLine": note.line}
    return {"physicalLocation": place}


def _artifact(path: str) -> _Json:
    return {"uri": uri(path), "uriBaseId": SOURCE_ROOT}


def _physical(path: str, region: Region) -> _Json:
    return {"artifactLocation": _artifact(path), "region": _region(region)}


def _region(region: Region) -> _Json:
    (first, start), (last, end) = region
    return {"startLine": first, "startColumn": start, "endLine": last, "endColumn": end}


def _result(
    finding: Finding, text: MaskedText | None, index: Mapping[str, int], hashes: _LineHashes
) -> _Json:
    location: _Json = {"physicalLocation": _physical(*finding.location)}
    if finding.object_name is not None or finding.object_kind is not None:
        location["logicalLocations"] = [_logical(finding)]
    result: _Json = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": finding.severity,
        "message": {"text": _message(finding)},
        "locations": [location],
        "partialFingerprints": _fingerprints(finding, hashes),
    }
    if finding.related:
        related = enumerate(finding.related[:MOST_RELATED])
        result["relatedLocations"] = [_related(number, item) for number, item in related]
    fix = _fix(finding, text)
    if fix is not None:
        result["fixes"] = [fix]
    if finding.equivalents:
        result["properties"] = {"equivalents": {peer: list(ids) for peer, ids in finding.equivalents.items()}}
    return result


def _message(finding: Finding) -> str:
    """The message with a link to each related place: GitHub shows only those that are linked."""
    said = sarif_message(finding.message)
    links = [
        f"[{sarif_message(item.message)}]({number})"
        for number, item in enumerate(finding.related[:MOST_LINKED])
    ]
    return f"{said} ({'; '.join(links)})" if links else said


def _logical(finding: Finding) -> _Json:
    kind, name = finding.object_kind or "stage", finding.object_name
    shown = [printable(kind)] if name is None else [printable(kind), printable(name)]
    return {"name": shown[-1], "fullyQualifiedName": "/".join(shown), "kind": "resource"}


def _fingerprints(finding: Finding, hashes: _LineHashes) -> _Json:
    fingerprints: _Json = {"tollgate/v1": finding.fingerprint}
    line_hash = hashes.get((finding.location.path, finding.location.region.start.line))
    if line_hash is not None:
        fingerprints["primaryLocationLineHash"] = line_hash
    return fingerprints


def _related(number: int, related: Related) -> _Json:
    return {
        "id": number,
        "physicalLocation": _physical(*related.location),
        "message": {"text": sarif_message(related.message)},
    }


def _fix(finding: Finding, text: MaskedText | None) -> _Json | None:
    edits = tellable_edits(finding, text)
    if edits is None or text is None or finding.fix is None:
        return None
    replacements = [
        {
            "deletedRegion": _region(text.region(edit.start, edit.end)),
            "insertedContent": {"text": edit.text},
        }
        for edit in edits
    ]
    change = {"artifactLocation": _artifact(finding.location.path), "replacements": replacements}
    said = finding.fix.title or "Fix it"
    safety = "safe" if finding.fix.safe else "unsafe: look at what it changes"
    return {"description": {"text": sarif_message(f"{said} ({safety})")}, "artifactChanges": [change]}


def _suppressions(finding: Finding) -> list[_Json]:
    suppressed = finding.suppressed
    if suppressed is None:
        return []
    inside = suppressed.kind != "baseline"
    why = printable(suppressed.reason) or ("" if inside else "accepted by the baseline")
    said: _Json = {"status": "accepted", "justification": why}
    properties = {"until": suppressed.until, "approvedBy": printable(suppressed.approved_by)}
    if any(properties.values()):
        said["properties"] = {key: value for key, value in properties.items() if value}
    if suppressed.line:
        place = {
            "artifactLocation": _artifact(finding.location.path if inside else suppressed.by),
            "region": {"startLine": suppressed.line},
        }
        said["location"] = {"physicalLocation": place}
    return [{"kind": "inSource" if inside else "external", **said}]
