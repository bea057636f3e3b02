"""How many findings keep their fingerprint when a file changes without getting better or worse.

    python -m benchmarks.fingerprints [NAME=FOLDER...]

Takes every rule's examples, examples/ and the folders given, changes each file in ways that teams change
files, and counts how many fingerprints of findings are still there. Writes benchmarks/fingerprints.md.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.file_kind import kind_by_name
from tollgate.model.finding import Finding
from tollgate.model.markers import strip_markers
from tollgate.model.policy import Policy
from tollgate.model.project import Project

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "fingerprints.md"
_LONGEST = 200_000
_SHOWN_RULES = 12

Kind = Literal["yaml", "dockerfile"]


class Text(NamedTuple):
    """A file: where it is from, its path, what it holds."""

    corpus: str
    path: str
    kind: Kind
    text: str


Change = Callable[[Text], "Text | None"]
"""The file after a change; None where the change says nothing about it."""


class Survival(NamedTuple):
    """Of `files` that a change applies to: findings `before` it, those whose fingerprint is `kept`, and `new`
    fingerprints after it."""

    files: int
    before: int
    kept: int
    new: int
    lost_by_rule: Counter[str]


def make_linter() -> Linter:
    policy = Policy(profile=("strict",), today="2026-11-23")
    return Linter(catalog.heads(), policy=policy, project=Project(), edits=False)


def findings(linter: Linter, text: Text) -> list[Finding]:
    """What is found in a file alone, relations within it included."""
    result = linter.lint_bytes(text.path, text.text.encode("utf-8", "surrogateescape"), text.kind)
    return [*result.findings, *result.foretold.findings]


def fingerprints(linter: Linter, text: Text) -> Counter[tuple[str, str]]:
    return Counter((one.rule, one.fingerprint) for one in findings(linter, text))


# What teams do to files.


def _yaml_only(change: Callable[[str], str | None]) -> Change:
    def apply(text: Text) -> Text | None:
        if text.kind != "yaml" or text.text.lstrip()[:1] in ("{", "["):
            return None
        changed = change(text.text)
        return None if changed is None or changed == text.text else text._replace(text=changed)

    return apply


def shifted(text: Text) -> Text | None:
    """Lines of comment and blank ones above."""
    if text.text.lstrip()[:1] in ("{", "["):
        return text._replace(text=f"\n\n{text.text}")
    if text.kind == "yaml":
        return text._replace(text=f"# moved\n\n# down\n{text.text}")
    lines = text.text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if first is None:
        return None
    return text._replace(text="\n".join([*lines[:first], "", "# moved", "", *lines[first:]]))


def windows(text: Text) -> Text | None:
    """Lines that end with CR LF."""
    return text._replace(text=re.sub(r"\r?\n", "\r\n", text.text))


def renamed(text: Text) -> Text | None:
    """The file in another folder under another name of the same kind."""
    suffix = "Dockerfile" if text.kind == "dockerfile" else f"renamed{Path(text.path).suffix or '.yaml'}"
    special = ("kustomization", "compose", "docker-compose", "chart")
    if Path(text.path).name.lower().startswith(special):
        suffix = Path(text.path).name  # the name says what it is
    return text._replace(path=f"somewhere/else/{suffix}")


def _indented(text: str) -> str | None:
    lines = text.split("\n")
    if any(line.startswith(("%", "\t", "...", "--- ")) for line in lines):
        return None
    return "\n".join(line if line.startswith("---") or not line.strip() else f"  {line}" for line in lines)


def _continuations(text: Text) -> Text | None:
    """The lines of long instructions further to the right."""
    if text.kind != "dockerfile" or "<<" in text.text:
        return None
    changed = re.sub(r"(\\\n)[ \t]+", r"\1        ", text.text)
    return None if changed == text.text else text._replace(text=changed)


def _documents(text: str) -> list[str]:
    return re.split(r"(?m)^---[ \t]*\n", text)


def _reordered_documents(text: str) -> str | None:
    documents = [one for one in _documents(text) if one.strip()]
    if len(documents) < 2:
        return None
    return "---\n".join(one if one.endswith("\n") else f"{one}\n" for one in reversed(documents))


def _document_before(text: str) -> str | None:
    first = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first, namespace: other}\ndata: {a: b}\n---\n"
    return first + text


def _with_ruamel(change: Callable[[Any], bool], **settings: Any) -> Change:
    """A change of the tree, written out again by ruamel.yaml. Files are left out that it would not give back
    as they mean, such as those with merge keys, and words that Kubernetes reads otherwise."""

    def apply(text: str) -> str | None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        if "<<" in text or "&" in text or "!" in text or "\t" in text:
            return None
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = 10_000
        if settings:
            yaml.indent(**settings)
        try:
            documents = list(yaml.load_all(text))
        except (YAMLError, ValueError, AttributeError):
            return None
        if not [change(one) for one in documents].count(True):
            return None
        out = io.StringIO()
        yaml.dump_all(documents, out)
        return out.getvalue()

    return _yaml_only(apply)


def _nodes(root: Any) -> Iterator[Any]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _leave(root: Any) -> bool:
    return isinstance(root, dict)


def _reverse_containers(root: Any) -> bool:
    done = False
    for node in _nodes(root):
        for key in ("containers", "initContainers", "volumes", "env") if isinstance(node, dict) else ():
            if isinstance(node.get(key), list) and len(node[key]) > 1:
                items = list(node[key])
                for index, item in enumerate(reversed(items)):
                    node[key][index] = item
                done = True
    return done


def _reverse_keys(root: Any) -> bool:
    done = False
    for node in _nodes(root):
        if isinstance(node, dict) and len(node) > 1:
            for key in list(reversed(list(node))):
                value = node.pop(key)
                node[key] = value
            done = True
    return done


_OTHERWISE = {"y", "n", "yes", "no", "on", "off", "~", "null", "true", "false", ""}


def _quote(root: Any) -> bool:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    done = False
    for node in _nodes(root):
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            value = node[key]
            if type(value) is str and value.lower() not in _OTHERWISE and not value[:1].isdigit():
                node[key] = DoubleQuotedScalarString(value)
                done = True
    return done


def _container_before(root: Any) -> bool:
    done = False
    for node in list(_nodes(root)):
        if isinstance(node, dict) and isinstance(node.get("containers"), list) and node["containers"]:
            node["containers"].insert(0, {"name": "put-in-front", "image": "example.com/front:1"})
            done = True
    return done


_ITEMS: dict[str, dict[str, Any]] = {
    "rules": {"apiGroups": ["example.com"], "resources": ["fronts"], "verbs": ["get"]},
    "tolerations": {"key": "put-in-front", "operator": "Exists", "effect": "NoSchedule"},
    "ports": {"name": "put-in-front", "containerPort": 65000},
    "volumeMounts": {"name": "put-in-front", "mountPath": "/put/in/front"},
    "paths": {"path": "/put/in/front", "pathType": "Prefix", "backend": {"service": {"name": "front"}}},
    "ingress": {"from": [{"podSelector": {"matchLabels": {"app": "front"}}}]},
}


def _item_before(root: Any) -> bool:
    """Another item in lists whose items have no name of their own."""
    done = False
    for node in list(_nodes(root)):
        for key, item in _ITEMS.items() if isinstance(node, dict) else ():
            items = node.get(key)
            if isinstance(items, list) and items and isinstance(items[0], dict):
                service = key == "ports" and "containerPort" not in items[0]
                items.insert(0, {"name": "front", "port": 65000} if service else dict(item))
                done = True
    return done


def _instruction_before(text: Text) -> Text | None:
    """A new instruction after the first FROM."""
    if text.kind != "dockerfile":
        return None
    changed = re.sub(r"(?im)^(FROM [^\\\n]*\n)", r"\1LABEL put.in=front\n", text.text, count=1)
    return None if changed == text.text else text._replace(text=changed)


def _twice(text: Text) -> Text | None:
    """A line of a Dockerfile that is written a second time, above."""
    if text.kind != "dockerfile":
        return None
    changed = re.sub(r"(?im)^(RUN [^\\\n<]*\n)", r"\1\1", text.text, count=1)
    return None if changed == text.text else text._replace(text=changed)


def _command_behind(text: Text) -> Text | None:
    """Another command at the end of every RUN of one line."""
    if text.kind != "dockerfile":
        return None
    changed = re.sub(r"(?im)^(RUN (?!\[)[^\\\n<]*[^\\\n<\s])$", r"\1 && true", text.text)
    return None if changed == text.text else text._replace(text=changed)


CHANGES: tuple[tuple[str, Change], ...] = (
    ("lines moved down by comments and blank lines", shifted),
    ("CRLF for LF", windows),
    ("file renamed", renamed),
    ("all of it indented (YAML)", _yaml_only(_indented)),
    ("lists and mappings indented otherwise (YAML)", _with_ruamel(_leave, mapping=4, sequence=6, offset=3)),
    ("continuation lines indented otherwise (Dockerfile)", _continuations),
    ("documents in reverse order", _yaml_only(_reordered_documents)),
    ("containers, volumes and variables in reverse order", _with_ruamel(_reverse_containers)),
    ("keys in reverse order", _with_ruamel(_reverse_keys)),
    ("plain strings quoted", _with_ruamel(_quote)),
    ("another document put in front", _yaml_only(_document_before)),
    ("another container put in front", _with_ruamel(_container_before)),
    ("another rule, port, mount, path, toleration put in front", _with_ruamel(_item_before)),
    ("another instruction put in front", _instruction_before),
    ("a RUN written twice", _twice),
    ("another command put behind those of a RUN", _command_behind),
)

MUST_SURVIVE = tuple(name for name, _ in CHANGES[:7])
"""Here nothing may be lost and nothing new may come."""


def measure(linter: Linter, texts: Sequence[Text], change: Change) -> Survival:
    """What a change does to the fingerprints of all files that it applies to."""
    files = before = kept = new = 0
    lost: Counter[str] = Counter()
    for text in texts:
        changed = change(text)
        if changed is None:
            continue
        old, now = fingerprints(linter, text), fingerprints(linter, changed)
        files += 1
        before += old.total()
        kept += (old & now).total()
        new += (now - old).total()
        lost.update(rule for (rule, _), number in (old - now).items() for _ in range(number))
    return Survival(files, before, kept, new, lost)


# The files.


def rule_texts() -> Iterator[Text]:
    """The bad text of every rule's examples."""
    for rule in catalog.rules(texts=True):
        for number, example in enumerate(rule.examples):
            if example.bad:
                guess = "Dockerfile" if rule.category.startswith("dockerfile") else "manifest.yaml"
                path = example.file or guess
                kind: Kind = "dockerfile" if kind_by_name(path) == "dockerfile" else "yaml"
                text = strip_markers(example.bad).text
                yield Text("rules' examples", f"{rule.name}/{number}/{path}", kind, text)


def folder_texts(folder: Path, corpus: str) -> Iterator[Text]:
    """The files of a folder that Tollgate would look at."""
    for path in sorted(folder.rglob("*")):
        kind = kind_by_name(path.name)
        if kind is not None and path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if len(data) <= _LONGEST and b"\r" not in data and b"\0" not in data:
                name = path.relative_to(folder).as_posix()
                text = data.decode("utf-8", "surrogateescape")
                yield Text(corpus, name, "dockerfile" if kind == "dockerfile" else "yaml", text)


_REASONS = (
    "What is lost, and why: a container, port or path without anything that it is known by is known by its",
    "place; of two objects that claim the same, the later one is told; where a file is written anew by",
    "ruamel.yaml, text behind a document's end is gone; the lines of a here-document hold the CR of CRLF for",
    "real; a finding about all of an instruction is known by its words.",
)


def as_markdown(rows: Sequence[tuple[str, Survival]], files: int, corpora: Sequence[str]) -> str:
    lines = [
        "# Fingerprints that survive",
        "",
        f"`python -m benchmarks.fingerprints`: {files:,} files ({', '.join(corpora)}), profile `strict`. A",
        "fingerprint survives if a finding of the same rule has it after the change; *new* are fingerprints",
        "that were not there.",
        "",
        "| change | files | findings | survive | | new |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, found in rows:
        share = 100 * found.kept / found.before if found.before else 100
        numbers = f"{found.files:,} | {found.before:,} | {found.kept:,} | {share:.2f} % | {found.new:,}"
        lines.append(f"| {name} | {numbers} |")
    lost: Counter[str] = Counter()
    for _, found in rows:
        lost += found.lost_by_rule
    lines += ["", *_REASONS]
    if lost:
        lines += ["", "Lost most often, over all changes:", ""]
        lines += [f"- `{rule}`: {number:,}" for rule, number in lost.most_common(_SHOWN_RULES)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> None:
    texts = [*rule_texts(), *folder_texts(ROOT / "examples", "examples/")]
    for argument in arguments:
        name, _, folder = argument.partition("=")
        texts += folder_texts(Path(folder), name)
    linter = make_linter()
    rows = []
    for name, change in CHANGES:
        rows.append((name, measure(linter, texts, change)))
        print(name, *rows[-1][1][:4], dict(rows[-1][1].lost_by_rule.most_common(5)), flush=True)
    corpora = list(dict.fromkeys(text.corpus for text in texts))
    RESULTS.write_text(as_markdown(rows, len(texts), corpora), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
