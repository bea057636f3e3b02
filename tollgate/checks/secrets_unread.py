"""Secrets in the lines of YAML: where no node says what a value is, and in documents that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.secret_hits import SecretHit
from tollgate.checks.secret_values import looks_random
from tollgate.checks.secrets import Verdict, secret_by_name
from tollgate.model import lazy_re as re
from tollgate.model.record import NamedTuple


class _Forms(NamedTuple):
    no_value: re.Pattern[str]
    json_word: re.Pattern[str]
    object_name: re.Pattern[str]
    data_key: re.Pattern[str]
    line_value: re.Pattern[str]
    kind_secret: re.Pattern[str]
    pair: re.Pattern[str]


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    return _Forms(
        # A flow mapping is no value either: its own names are looked at in turn.
        no_value=re.compile(
            r"""[*&!>|%@`]|[\[{]\s*(?:\Z|[\]}])|(?:\[[ \t]*)?\{[ \t]*["']?[\w./-]{1,253}["']?[ \t]*:[ \t]"""
        ),
        json_word=re.compile(r"(?:true|false|null)[ \t,\]}]+"),
        object_name=re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"),
        data_key=re.compile(r"""\b(?:data|stringData)["']?[ \t]*:[ \t]*([^\s#][^\r\n]*)?"""),
        line_value=re.compile(r"""[ \t]*(?:"?[\w.-]{1,253}"?[ \t]*:[ \t]+)?(\S[^\r\n]*)"""),
        kind_secret=re.compile(r"""\bkind["']?[ \t]*:[ \t]*["']?Secret\b"""),
        pair=re.compile(
            r"""\bname["']?[ \t]*:[ \t]*["']?([\w.-]{1,64})["']?[ \t]*(?:,|\r?\n)[ \t]*"""
            r"""["']?value["']?[ \t]*:[ \t]*([^\r\n}]{1,4096})"""
        ),
    )


def hidden_in_line(name: str, value: str) -> Verdict | None:
    forms = _forms()
    if forms.no_value.match(value) or forms.json_word.fullmatch(value):
        return None
    return hidden_by_name(name, value)


def hidden_by_name(name: str, value: str) -> Verdict | None:
    """As `secret_by_name`, but `tlsSecret: web-tls` names an object, as fields of manifests do."""
    verdict = secret_by_name(name, value)
    if verdict is not None and verdict.kind in ("secret", "credentials"):
        literal = value[verdict.start : verdict.end]
        if _forms().object_name.fullmatch(literal) and not looks_random(literal):
            return None
    return verdict


def hits_in_unread(text: str, start: int, end: int) -> Iterator[SecretHit]:
    """In a document that no parser could read: `name`, `value` pairs, and all below `data:` of a Secret."""
    for found in _forms().pair.finditer(text, start, end):
        verdict = secret_by_name(found.group(1), found.group(2))
        if verdict is not None:
            first, last = found.start(2) + verdict.start, found.start(2) + verdict.end
            yield SecretHit(first, last, verdict.kind, found.group(1), "text", reported=False)
    if _forms().kind_secret.search(text, start, end) is not None:
        for found in _forms().data_key.finditer(text, start, end):
            if found.group(1):
                yield _value_of_secret(*found.span(1))
            yield from _below(text, found, end)


def _below(text: str, key: re.Match[str], end: int) -> Iterator[SecretHit]:
    """The values on all lines that are deeper than the key's."""
    head = text[text.rfind("\n", 0, key.start()) + 1 : key.start()]
    depth = len(head) - len(head.lstrip())
    at = text.find("\n", key.end(), end) + 1
    while 0 < at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            return
        value = _forms().line_value.match(text, at, stop)
        if value is not None and value.group(1)[0] not in "|>":
            yield _value_of_secret(*value.span(1))
        at = stop + 1


def _value_of_secret(start: int, end: int) -> SecretHit:
    return SecretHit(start, end, "value of a Secret", "", "secret-object", reported=False)
