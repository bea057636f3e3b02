"""The settings of Trivy, and kube-score's options."""

from __future__ import annotations

import time

from tollgate.migrate_model import Asked, Document, Draft, Lost, MigrateError, Reading, Wish
from tollgate.migrate_readers import honours
from tollgate.model import lazy_re as re


def read_trivy(document: Document) -> Reading:
    """trivy.yaml."""
    draft = Draft(document)
    levels = {name.upper() for name, _ in document.texts("severity")}
    if document.get("exit-code") == 0:
        draft.set(("fail-on",), "never", ("exit-code",), "exit-code: 0")
    elif levels and not levels & {"LOW", "UNKNOWN"}:
        value = "warning" if "MEDIUM" in levels else "error"
        draft.set(("fail-on",), value, ("severity",), f"severity: {', '.join(sorted(levels))}")
    for key in ("skip-dirs", "skip-files"):
        draft.exclude(list(document.texts("scan", key)))
    for key in ("policy", "data", "namespaces"):
        for trail in (("rego", key), ("misconfiguration", key)):
            if document.get(*trail) is not None:
                draft.lose(
                    document.line(trail), f"`{'.'.join(trail)}` is about checks in Rego: write them as rules"
                )
    honours(draft, "comments such as `# trivy:ignore:` keep their meaning")
    return draft.reading("trivy")


def read_trivy_ignores(document: Document) -> Reading:
    """.trivyignore.yaml."""
    draft = Draft(document)
    for section, items, line in document.entries():
        if section != "misconfigurations":
            if items:
                draft.lose(line, f"`{section}` is about what Tollgate does not look for; keep Trivy for it")
            continue
        for index, item in enumerate(items if isinstance(items, list) else ()):
            at = document.line((section, index))
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                draft.lose(at, "an entry without `id`")
                continue
            paths = [path for path in item.get("paths") or () if isinstance(path, str)]
            ends = str(item.get("expired_at") or "")
            if ends:
                draft.lose(at, _about_end(item["id"], ends))
            if not _has_ended(ends):
                draft.ask(item["id"], "off", at, paths)
    return draft.reading("trivy")


_OTHERS = re.compile(r"(CVE|GHSA|DLA|DSA|RHSA|ALAS|ELSA|SUSE|USN|TEMP|GO)-", re.IGNORECASE)


def read_trivyignore(path: str, text: str) -> Reading:
    """.trivyignore: an id a line."""
    asked, lost = [], []
    for line, written in enumerate(text.splitlines(), 1):
        words = written.partition("#")[0].split()
        if not words:
            continue
        if _OTHERS.match(words[0]):
            lost.append(Lost(path, line, f"{words[0]} is about packages in images; keep Trivy for them"))
            continue
        ends = next((word.removeprefix("exp:") for word in words[1:] if word.startswith("exp:")), "")
        if ends:
            lost.append(Lost(path, line, _about_end(words[0], ends)))
        if not _has_ended(ends):
            asked.append(Asked(words[0], "off", path, line))
    return Reading("trivy", (path,), tuple(asked), lost=tuple(lost))


def _has_ended(day: str) -> bool:
    return bool(day) and day[:10] < time.strftime("%Y-%m-%d", time.gmtime())


def _about_end(check: str, day: str) -> str:
    if _has_ended(day):
        return f"{check} was ignored until {day}, which is over"
    return f"{check} was to end on {day}; a rule's setting has no end here"


def read_kube_score(options: str) -> Reading:
    """kube-score's options, which is all the settings that it has. Raises MigrateError."""
    import shlex

    path = "kube-score"
    try:
        words = shlex.split(options)
    except ValueError as error:
        raise MigrateError(f"the options of kube-score cannot be read: {error}") from None
    asked: list[Asked] = []
    lost = []
    while words:
        name, equals, value = words.pop(0).partition("=")
        if name in ("--ignore-test", "--enable-optional-test"):
            value = value if equals else (words.pop(0) if words else "")
            wish: Wish = "off" if name == "--ignore-test" else "on"
            asked += [Asked(check, wish, path, 0) for check in value.split(",") if check]
        elif name not in ("score", "-o", "--output-format"):
            lost.append(Lost(path, 0, f"the option {name} has no counterpart"))
    return Reading("kube-score", (path,), tuple(asked), lost=tuple(lost), on=frozenset())
