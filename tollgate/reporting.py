"""Results of files to a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate import catalog
from tollgate._version import __version__
from tollgate.discovery import Discovery, FoundFile
from tollgate.engine.lint import FileResult
from tollgate.model.report import LintedFile, MaskedText, Report, RuleInfo, Summary, report_order
from tollgate.model.rule import Rule
from tollgate.request import Request, read_found

_SCORES = {"error": 8.0, "warning": 5.5, "note": 2.0}


def make_report(
    request: Request,
    found: Discovery,
    results: Sequence[FileResult],
    errors: Sequence[str],
    *,
    seconds: float,
) -> Report:
    """The report on the files of `found`, and on others that results are given for."""
    findings = sorted((finding for result in results for finding in result.findings), key=report_order)
    notes = sorted((*found.notes, *(note for result in results for note in result.notes)))
    return Report(
        findings=tuple(findings),
        notes=tuple(notes),
        summary=_summary(results, len(notes), seconds),
        rules=RuleTexts(request.policy.custom),
        root=request.root,
        kubernetes_version=request.policy.kubernetes_version,
        today=request.policy.today,
        policy_path=request.policy.source,
        tool_version=__version__,
        load=text_loader(request, found.files, results),
        linted=tuple(LintedFile(result.path, result.kind, result.documents) for result in results),
        errors=tuple(errors),
    )


def _summary(results: Sequence[FileResult], notes: int, seconds: float) -> Summary:
    refused = sum(finding.rule.startswith("not-linted") for result in results for finding in result.findings)
    kinds = [result.kind for result in results]
    return Summary(
        files=len(kinds) - kinds.count("other"),
        dockerfiles=kinds.count("dockerfile"),
        manifests=sum(result.documents for result in results),
        other=kinds.count("other"),
        not_linted=notes + refused,
        seconds=seconds,
    )


def text_loader(
    request: Request, files: Sequence[FoundFile], results: Sequence[FileResult]
) -> Callable[[str], MaskedText | None]:
    """Gives a linted file's text with its secrets masked; the last one asked for is kept. A file that was
    not read through has none: where its secrets are is not known."""
    from tollgate.model.source import decode

    linted = {result.path for result in results if result.content}
    opened = {path: os.path.join(request.root, path) for path in linted}
    opened.update((one.path, one.absolute) for one in files)
    masks = {result.path: result.masks for result in results if result.masks}
    kept: dict[str, MaskedText | None] = {}

    def load(path: str) -> MaskedText | None:
        if path not in kept:
            kept.clear()
            kept[path] = text(path)
        return kept[path]

    def text(path: str) -> MaskedText | None:
        absolute = opened.get(path)
        if absolute is None:
            return None
        content = read_found(request, absolute)
        if content.state != "ok":
            return None
        source = decode(path, content.data)
        source.mask(masks.get(path, ()))
        return MaskedText(source)

    return load


class RuleTexts(Mapping[str, RuleInfo]):
    """What reports say about rules; each is read from the catalog when first asked for."""

    __slots__ = ("_custom", "_known", "_load")

    def __init__(self, custom: str = "") -> None:
        """`custom`: the compiled rules of a policy."""
        self._custom = custom
        self._known: dict[str, RuleInfo] = {}
        self._load: Callable[[str], Rule] | None = None

    def __getitem__(self, name: str) -> RuleInfo:
        if name not in self._known:
            if self._load is None:
                self._load = catalog.by_name(self._custom)
            self._known[name] = rule_info(self._load(name))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (head.name for head in catalog.heads(self._custom))

    def __len__(self) -> int:
        return len(catalog.heads(self._custom))


def rule_info(rule: Rule) -> RuleInfo:
    """A rule as reports see it. Its score is its own `security-severity`, else its severity's."""
    score = rule.security_severity or _SCORES[rule.severity]
    return RuleInfo(
        rule.name,
        rule.title,
        rule.severity,
        rule.level,
        rule.why,
        rule.sets,
        rule.equivalents,
        rule.references,
        rule.url,
        f"{score:.1f}",
        rule.category,
    )
