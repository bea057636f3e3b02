"""Reports by hand: files as text, findings by the words they are about."""

from __future__ import annotations

from typing import NamedTuple

from tollgate.model.finding import Edit, Finding, Fix, Location, Related, Severity
from tollgate.model.masked import MaskedText
from tollgate.model.report import AppliedFix, FixedFile, Report, RuleInfo, Summary, report_order
from tollgate.model.source import Region, Source, Span, decode


class Files:
    """A small repository in memory."""

    def __init__(self, **named: str | bytes) -> None:
        self.sources: dict[str, Source] = {}
        for path, content in named.items():
            self.add(path, content)

    def add(self, path: str, content: str | bytes, *, secrets: tuple[str, ...] = ()) -> Source:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        source = decode(path, data)
        starts = [source.text.index(secret) for secret in secrets]
        source.mask(Span(start, start + len(secret)) for start, secret in zip(starts, secrets, strict=True))
        self.sources[path] = source
        return source

    def load(self, path: str) -> MaskedText | None:
        source = self.sources.get(path)
        return None if source is None else MaskedText(source)

    def region(self, path: str, words: str, *, nth: int = 0) -> Region:
        start, end = self.span(path, words, nth=nth)
        return self.sources[path].region(start, end)

    def span(self, path: str, words: str, *, nth: int = 0) -> Span:
        text = self.sources[path].text
        start = -1
        for _ in range(nth + 1):
            start = text.index(words, start + 1)
        return Span(start, start + len(words))

    def related(self, path: str, words: str, message: str, *, nth: int = 0) -> Related:
        return Related(Location(path, self.region(path, words, nth=nth)), message)

    def fix(self, path: str, words: str, becomes: str, *, title: str, safe: bool = True, nth: int = 0) -> Fix:
        start, end = self.span(path, words, nth=nth)
        return Fix(title, safe, (Edit(start, end, becomes),))


class At(NamedTuple):
    """Where a finding is: the words of the file that it underlines."""

    path: str
    words: str
    nth: int = 0


def finding(
    files: Files,
    rule: str,
    at: At,
    message: str,
    *,
    severity: Severity = "error",
    **more: object,
) -> Finding:
    region = files.region(at.path, at.words, nth=at.nth)
    fingerprint = f"{rule}/{at.path}/{region.start.line}"
    made = Finding(rule, severity, message, Location(at.path, region), fingerprint)
    return made._replace(**more)  # type: ignore[arg-type]


def fixed(files: Files, path: str, new_text: str, *findings: Finding) -> FixedFile:
    """The file after the fixes of `findings`; every fix is said to have landed where its finding is."""
    text = files.load(path)
    assert text is not None
    applied = []
    for item in findings:
        assert item.fix is not None
        why = "It matters."
        applied.append(AppliedFix(item.rule, item.fix.title, why, item, item.location.region))
    return FixedFile(path, text, new_text, tuple(applied))


def report(
    files: Files,
    *findings: Finding,
    rules: tuple[RuleInfo, ...] = (),
    summary: Summary | None = None,
    **more: object,
) -> Report:
    known = {rule.name: rule for rule in rules}
    for item in findings:
        known.setdefault(item.rule, RuleInfo(item.rule, f"About {item.rule}", item.severity))
    made = Report(
        findings=tuple(sorted(findings, key=report_order)),
        summary=summary or Summary(files=len(files.sources)),
        rules=known,
        root="/repository",
        kubernetes_version="1.32",
        today="2025-01-31",
        tool_version="0.1.0",
        load=files.load,
    )
    return made._replace(**more)  # type: ignore[arg-type]
