"""How SARIF and GitHub's code scanning are told about a rule."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model.report import RuleInfo
from tollgate.reporters.printable import is_link, markdown, printable

MOST_TAGS = 20
"""GitHub refuses a rule with more."""

_Json = dict[str, object]


def rule_descriptor(rule: RuleInfo) -> _Json:
    """The rule as SARIF's `reportingDescriptor`."""
    title = printable(rule.title) or rule.name
    why = _one_line(rule.why) or title
    properties: _Json = {"tags": _tags(rule), "precision": "high"}
    if rule.security_severity:
        properties["security-severity"] = rule.security_severity
    else:
        properties["problem.severity"] = "recommendation" if rule.severity == "note" else rule.severity
    descriptor: _Json = {
        "id": rule.name,
        "shortDescription": {"text": _sentence(title)},
        "fullDescription": {"text": _sentence(why)},
        "help": {"text": "\n".join(_help(rule)), "markdown": "\n".join(_help_markdown(rule))},
        "defaultConfiguration": {"level": rule.severity},
        "properties": properties,
    }
    if "-" in rule.name:  # else it would say the same again, which SARIF forbids
        descriptor["name"] = _pascal(rule.name)
    if is_link(rule.url):
        descriptor["helpUri"] = rule.url
    return descriptor


def notification_descriptor(kind: str) -> _Json:
    """A kind of note as SARIF's `reportingDescriptor`."""
    said = {"text": f"{kind.replace('-', ' ').capitalize()}: a remark on what was read, not a finding."}
    return {
        "id": kind,
        "shortDescription": said,
        "fullDescription": said,
        "help": said,
        "defaultConfiguration": {"level": "note"},
    }


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _tags(rule: RuleInfo) -> list[str]:
    tags = ["security"] if rule.security_severity else []
    tags += [rule.category] if rule.category else []
    tags += [rule.level, *rule.sets]
    return list(dict.fromkeys(tags))[:MOST_TAGS]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _one_line(text: str) -> str:
    return " ".join(printable(line) for line in text.split("\n\n", maxsplit=1)[0].splitlines()).strip()


def _help(rule: RuleInfo) -> Iterator[str]:
    yield _sentence(printable(rule.title) or rule.name)
    yield from (printable(line) for line in rule.why.strip().splitlines())
    yield from (printable(url) for url in dict.fromkeys((rule.url, *rule.references)) if url)


def _help_markdown(rule: RuleInfo) -> Iterator[str]:
    yield f"**{markdown(_sentence(rule.title or rule.name))}**"
    yield ""
    # The rule's own words may use Markdown; what they cannot do is act on a terminal.
    yield from (printable(line) for line in rule.why.strip().splitlines())
    links = [url for url in dict.fromkeys((rule.url, *rule.references)) if is_link(url)]
    if links:
        yield ""
        yield from (f"- <{url}>" for url in links)
    if rule.equivalents:
        yield ""
        named = (f"{peer} {', '.join(ids)}" for peer, ids in sorted(rule.equivalents.items()))
        yield f"Other tools: {markdown('; '.join(named))}"
