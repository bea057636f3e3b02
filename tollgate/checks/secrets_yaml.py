"""Secrets in YAML and JSON files: container env and args, ConfigMaps, Secrets, and any token at all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from tollgate.checks.secret_hits import SecretHit, without_overlaps
from tollgate.checks.secret_names import telling
from tollgate.checks.secret_scan import named_secrets, telling_names
from tollgate.checks.secret_shapes import secrets_in_text
from tollgate.checks.secrets import Verdict, secret_by_name
from tollgate.checks.secrets_shell import secrets_by_name, secrets_in_shell
from tollgate.checks.secrets_unread import hidden_by_name, hidden_in_line, hits_in_unread
from tollgate.model.documents import Document, YamlText
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence, Trail, child, descend

_WORTH_A_WALK = ("Secret", "args", "command", "\\")
"""Without a token and a telling name, one of these must be in the text for anything to be found."""

_SERVICE_VARIABLES: tuple[tuple[Trail, str], ...] = ((("environment",), "env"), (("build", "args"), "arg"))
_SERVICE_COMMANDS: tuple[Trail, ...] = (("command",), ("entrypoint",), ("healthcheck", "test"))

_MAY_BE_NAMES = ("secret", "credentials")
"""Lists under keys that say no more than this (`secrets: [db_password]`) are names of objects."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def yaml_secrets(yaml: YamlText) -> list[SecretHit]:
    """Every secret of the file in order of place, none overlapping.

    Where a document could not be read, its lines are looked at instead of its nodes.
    """
    text = yaml.source.text
    tokens = [
        SecretHit(hit.start, hit.end, hit.kind, "", "text", hit.reported) for hit in secrets_in_text(text)
    ]
    names = telling_names(text)
    if not tokens and not names and not any(sign in text for sign in _WORTH_A_WALK):
        return []
    known: list[SecretHit] = []
    walk = _Walk(text, tokens)
    for document in yaml.documents:
        if document.root is not None:
            known.extend(walk.hits(document.root))
            if "services" in text:
                known.extend(_in_services(walk, yaml, document))
        else:
            known.extend(hits_in_unread(text, document.start, document.end))
    return without_overlaps(known, tokens, _by_name(text, names))


def _by_name(text: str, names: list[tuple[int, int]]) -> Iterator[SecretHit]:
    """Lines `key: value` and `key=value` wherever they stand; hidden, not reported."""
    for name, start, end, kind, _ in named_secrets(text, names, lines=True, judge=hidden_in_line):
        yield SecretHit(start, end, kind, name, "text", False)


def _in_services(walk: _Walk, yaml: YamlText, document: Document) -> Iterator[SecretHit]:
    """Variables, build arguments and commands of Compose services."""
    from tollgate.model.compose import services_of

    for service in services_of(yaml.source, document.index, document.root):
        for below, where in _SERVICE_VARIABLES:
            yield from walk.variables(descend(service.node, below), where)
        for below in _SERVICE_COMMANDS:
            yield from walk.command(descend(service.node, below))
    configs = child(document.root, "configs")
    for entry in configs.entries.values() if isinstance(configs, Mapping) else ():
        content = child(entry.value, "content")
        if isinstance(content, Scalar):
            yield from secrets_by_name(yaml.source.text, content.start, content.end, "configmap", lines=True)


class _Walk:
    """One pass over the nodes of all documents, each node once however often it is used."""

    def __init__(self, text: str, tokens: list[SecretHit]) -> None:
        self.text = text
        self.tokens = tokens
        self.token_starts = [token.start for token in tokens]
        self.seen: set[int] = set()
        self.todo: list[tuple[Node, str]] = []

    def hits(self, root: Node) -> Iterator[SecretHit]:
        self.todo.append((root, ""))
        while self.todo:
            node, kind = self.todo.pop()
            if id(node) in self.seen:
                continue
            self.seen.add(id(node))
            if isinstance(node, Mapping):
                yield from self._mapping(node, kind)
            elif isinstance(node, Sequence):
                for item in node.items:
                    if not isinstance(item, Scalar):
                        self.todo.append((item, kind))
                    elif _is_escaped(self.text, item):
                        yield from self._tokens(item, "", "text")

    def _mapping(self, node: Mapping, item_kind: str) -> Iterator[SecretHit]:
        kind = _text(node.get("kind")) or item_kind
        for key, entry in _written(node):
            value = entry.value
            if isinstance(value, Scalar):
                yield from self._field(key, value)
            elif kind == "Secret" and key in ("data", "stringData") and isinstance(value, Mapping):
                yield from self._secret(value)
            elif kind == "ConfigMap" and key == "data" and isinstance(value, Mapping):
                yield from self._config_map(value)
            elif key == "annotations" and isinstance(value, Mapping):
                yield from self._annotations(value, kind)
            else:
                yield from self._list(key, value)
                self.todo.append((value, _kind_below(kind, key)))

    def _list(self, key: str, value: Node) -> Iterator[SecretHit]:
        if not isinstance(value, Sequence):
            return
        if key == "env":
            yield from self._env(value)
        elif key in ("args", "command"):
            yield from self._args(value)
        else:
            said = telling(key)
            if said is not None and said.kind not in _MAY_BE_NAMES:
                for item in value.items:
                    if isinstance(item, Scalar):
                        yield from self._field(key, item)

    def _field(self, key: str, value: Scalar) -> Iterator[SecretHit]:
        """A field of any object: under a telling key it is hidden."""
        if _is_escaped(self.text, value):
            yield from self._tokens(value, key, "text")
        verdict = hidden_by_name(key, value.value) if isinstance(value.value, str) and telling(key) else None
        if verdict is not None:
            yield self._hit(value, verdict, key, "text", reported=False)

    def _env(self, items: Sequence) -> Iterator[SecretHit]:
        for item in items.items:
            if not isinstance(item, Mapping):
                continue
            value = item.get("value")
            if isinstance(value, Scalar) and value.value is not None:
                yield from self._judged(_text(item.get("name")), value, "env")

    def _args(self, items: Sequence) -> Iterator[SecretHit]:
        flag = ""
        for item in items.items:
            if not isinstance(item, Scalar):
                continue
            value = self._value(item)
            verdict = secret_by_name(flag, value) if flag and not value.startswith("-") else None
            if verdict is not None:
                yield self._hit(item, verdict, flag, "args")
            yield from secrets_in_shell(self.text, item.start, item.end, "args")
            flag = value.strip("-") if value.startswith("-") and "=" not in value else ""

    def variables(self, node: Node | None, where: str) -> Iterator[SecretHit]:
        """A mapping of names to values, or a list of `name=value`."""
        if isinstance(node, Mapping):
            for key, entry in _written(node):
                if isinstance(entry.value, Scalar) and entry.value.value is not None:
                    yield from self._judged(key, entry.value, where)
        for item in node.items if isinstance(node, Sequence) else ():
            if isinstance(item, Scalar) and isinstance(item.value, str):
                name, sign, value = item.value.partition("=")
                tokens = list(self._tokens(item, name, where))
                yield from tokens
                verdict = secret_by_name(name, value) if sign else None
                if verdict is not None and not any(token.reported for token in tokens):
                    lead = len(name) + len(sign)
                    moved = verdict._replace(start=verdict.start + lead, end=verdict.end + lead)
                    yield self._hit(item, moved, name, where)

    def command(self, node: Node | None) -> Iterator[SecretHit]:
        """A command line as one text, or as a list of words."""
        if isinstance(node, Scalar):
            yield from secrets_in_shell(self.text, node.start, node.end, "args")
        elif isinstance(node, Sequence):
            yield from self._args(node)

    def _config_map(self, data: Mapping) -> Iterator[SecretHit]:
        for key, entry in _written(data):
            value = entry.value
            if isinstance(value, Scalar) and value.value is not None:
                one_line = "\n" not in self._value(value).strip()
                yield from self._judged(key if one_line else "", value, "configmap")
                yield from secrets_by_name(self.text, value.start, value.end, "configmap", lines=True)

    def _secret(self, data: Mapping) -> Iterator[SecretHit]:
        for key, entry in _written(data):
            value = entry.value
            if not isinstance(value, Scalar):
                yield SecretHit(value.start, value.end, "value of a Secret", key, "secret-object", False)
            elif value.value not in (None, ""):
                whole = Verdict("value of a Secret", 0, len(self._value(value)))
                yield self._hit(value, whole, key, "secret-object", reported=False)

    def _annotations(self, annotations: Mapping, kind: str) -> Iterator[SecretHit]:
        for key, entry in _written(annotations):
            value = entry.value
            if not isinstance(value, Scalar) or not isinstance(value.value, str):
                continue
            if key == _LAST_APPLIED and kind == "Secret":
                whole = Verdict("value of a Secret", 0, len(value.value))
                yield self._hit(value, whole, key, "annotation", reported=False)
            else:
                yield from self._field(key, value)
                yield from secrets_by_name(
                    self.text, value.start, value.end, "annotation", lines=True, reported=False
                )

    def _judged(self, name: str, value: Scalar, where: str) -> Iterator[SecretHit]:
        tokens = list(self._tokens(value, name, where))
        yield from tokens
        if not any(token.reported for token in tokens):
            verdict = secret_by_name(name, self._value(value))
            if verdict is not None:
                yield self._hit(value, verdict, name, where)

    def _tokens(self, value: Scalar, name: str, where: str) -> Iterator[SecretHit]:
        """Those that the text shows inside this value, and those that only escapes hide."""
        first = bisect_left(self.token_starts, value.start)
        last = bisect_left(self.token_starts, value.end)
        for token in self.tokens[first:last]:
            yield token._replace(name=name, where=where)
        if first == last and _is_escaped(self.text, value):
            for hit in secrets_in_text(self._value(value)):
                yield self._hit(value, Verdict(hit.kind, hit.start, hit.end, hit.reported), name, where)

    def _value(self, scalar: Scalar) -> str:
        """What the runtime sees; of a number or boolean, what is written."""
        return scalar.value if isinstance(scalar.value, str) else self.text[scalar.start : scalar.end]

    def _hit(
        self, scalar: Scalar, verdict: Verdict, name: str, where: str, *, reported: bool = True
    ) -> SecretHit:
        start, end = _place(self.text, scalar, self._value(scalar), verdict.start, verdict.end)
        return SecretHit(start, end, verdict.kind, name, where, verdict.reported and reported)


def _written(node: Mapping) -> Iterator[tuple[str, Entry]]:
    """All entries, those that a later equal key or a merge hides included."""
    yield from node.entries.items()
    yield from node.shadowed or ()


def _kind_below(kind: str, key: str) -> str:
    """The kind that items of a typed list are of; metadata belongs to its object."""
    if key == "items" and kind.endswith("List"):
        return kind.removesuffix("List")
    return kind if key == "metadata" else ""


def _is_escaped(text: str, value: Scalar) -> bool:
    return value.style == '"' and text.find("\\", value.start, value.end) >= 0


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _place(text: str, scalar: Scalar, value: str, start: int, end: int) -> tuple[int, int]:
    """Offsets of `value[start:end]` in the text; where folding or escapes hide it, of the whole scalar's
    content."""
    written = text[scalar.start : scalar.end]
    lead = 0 if written == value else 1 if written[1:-1] == value else written.find(value)
    if lead >= 0:
        return scalar.start + lead + start, scalar.start + lead + end
    if written.count(value[start:end]) == 1 and "\n" not in value[start:end]:
        at = scalar.start + written.find(value[start:end])
        return at, at + end - start
    first, last = scalar.start, scalar.end
    if scalar.style in ("|", ">"):
        first = text.find("\n", first, last) + 1 or first
    elif scalar.style:
        first, last = first + 1, last - 1
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return first, last
