"""Whether a value under a telling name is a secret, or something that only stands where one could."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from math import log2

from tollgate.checks.secret_names import Telling, words_of
from tollgate.model import lazy_re as re

_LONGEST = 512
"""Longer values are judged by their beginning: no password or token is that long."""

_AROUND = " \t\r\n\"'\\"
_SWITCHES = frozenset(
    "true false yes no on off y n t f enabled disabled none null nil undefined auto always never "
    "optional required default unset empty ~".split()
)
_DUMMY_WORDS = frozenset(
    "changeme changeit placeholder example sample dummy fake todo tbd fixme redacted removed hidden masked "
    "replaceme replace insert enter notset unset undefined xxx xxxx goes here bogus nothing".split()
)
_REFERENCES = tuple(
    """
    vault: op:// ref+ arn: ssm: awssm: awsssm: secretsmanager: sm:// gcpsm gcp-sm: akv: azurekeyvault:
    @microsoft.keyvault( kms: enc[ enc( env: file: doppler: bws:// keyring: pass:// infisical: chamber:
    projects/ secret:// k8s: kv: keyvault: !ref !sub
    """.split()
)
_PUBLIC_FORMS = (
    "-----begin certificate",
    "-----begin pgp public",
    "-----begin public key",
    "age1",
    "ecdsa-sha2-",
    "md5:",
    "sha1:",
    "sha224:",
    "sha256-",
    "sha256:",
    "sha384:",
    "sha512-",
    "sha512:",
    "ssh-ed25519 ",
    "ssh-rsa ",
)


@lru_cache(maxsize=1)
def _forms() -> dict[str, re.Pattern[str]]:
    """Compiled when the first telling name is met; every quantifier is over one class of characters."""
    return {
        "reference": re.compile(
            r"\$[\w@*#?!]+|\$[A-Z_][A-Z0-9_]+\b.*|`.*`|\$?\{[^{}]*\}|\$\(.*\)|%\w+%|__\w+__|@[\w.]+@|<%.*%>|#\{.*\}"
        ),
        "default": re.compile(r"\$\{\w+:?-([^${}]+)\}"),
        "blank": re.compile(r"<.*>|\[.*\]|\{.*\}|[*.xX_?#-]+|(.)\1*"),
        "dummy": re.compile(
            r"(?i:change[-_ ]?(?:me|it|this)\b|changeme|replace[-_ ]?(?:me|this|with)|"
            r"(?:put|add|set|insert|enter)[-_ ]|your[-_ ]|<your|my[-_]?(?:password|secret|token|key)$)"
        ),
        "number": re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:ms|us|ns|[smhdwyKMGT]i?B?|%|sec|min)?"),
        "path": re.compile(r"(?:~|\.{1,2})?/[^\s:=+,;]*|[A-Za-z]:\\.*|[a-z._-]+(?:/[a-z._-]+)+/?"),
        "file": re.compile(
            r"[^\s:=]{1,200}\.(?:json|pem|key|crt|cer|txt|ya?ml|env|p12|pfx|jks|conf|cfg|ini|toml|xml|properties|sh|py|asc)"
        ),
        "url": re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:(?://|[a-z]+:(?://)?)\S*"),
        "class": re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,}"),
        "call": re.compile(r"[A-Za-z_][\w.]*(?:\(.*\)|\[.*\])"),
        "attribute": re.compile(
            r"(?:var|local|data|module|process\.env|os\.environ|secrets|env|settings)\.[\w.]+"
        ),
        "constant": re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"),
        "prose": re.compile(r"(?i:.*\b(?:your|enter|please|the|must|should)\b.*)"),
        "hexadecimal": re.compile(r"(?:0x)?[0-9a-fA-F]+"),
        "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    }


def literal_span(value: str) -> tuple[int, int]:
    """The part of `value` that can be secret: without quotes and blanks around it, or the default of
    `${NAME:-default}`. Empty if nothing is left."""
    start, end = 0, len(value)
    while start < end and value[start] in _AROUND:
        start += 1
    while end > start and value[end - 1] in _AROUND:
        end -= 1
    if value.startswith("${", start):
        found = _forms()["default"].fullmatch(value, start, min(end, start + _LONGEST))
        if found is not None:
            return found.span(1)
    return start, end


def is_secret_under(telling: Telling, name: str, value: str) -> bool:
    """Whether `value` (as `literal_span` cuts it) is a literal secret under a telling name."""
    value = value[:_LONGEST]
    if is_harmless(value) or is_placeholder(value):
        return False
    if _is_number(value):
        return telling.kind in ("password", "passphrase") and value.isdigit() and len(value) >= 4
    if telling.strength == "weak" and not looks_random(value):
        return False
    return not (_forms()["constant"].fullmatch(value) and _says_the_same(name, value))


def is_weak_secret_under(telling: Telling, name: str, value: str) -> bool:
    """Whether `value` is to be hidden though it is not reported: a placeholder may be a live password."""
    value = value[:_LONGEST]
    if telling.strength == "weak" or is_harmless(value) or _forms()["blank"].fullmatch(value):
        return False
    return len(value) >= 4 and not _is_number(value) and value.lower() not in words_of(name)


def is_harmless(value: str) -> bool:
    """Nothing to hide: empty, a switch, a reference, a path, a bare URL, a public key or digest, code."""
    lower = value.lower()
    if len(value) < 2 or lower in _SWITCHES or lower.startswith(_PUBLIC_FORMS):
        return True
    if lower.startswith(_REFERENCES) or "{{" in value or "${" in value or "$(" in value:
        return True
    forms = _forms()
    if any(forms[form].fullmatch(value) for form in ("reference", "class", "call", "attribute")):
        return not looks_random(value)
    if forms["url"].fullmatch(value) or (forms["file"].fullmatch(value) and not looks_random(value[:-4])):
        return True
    if forms["path"].fullmatch(value):
        return not any(looks_random(part) for part in value.split("/"))
    return " " in value and forms["prose"].fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """`changeme`, `<token>`, `xxx`, `your-key-here`: what says that it is to be replaced."""
    forms = _forms()
    if forms["blank"].fullmatch(value) or forms["dummy"].match(value):
        return True
    words = words_of(value)
    return any(word in _DUMMY_WORDS for word in words) and not any(word.isdigit() for word in words)


def looks_random(value: str) -> bool:
    """High entropy for its alphabet, with no word structure; at least 16 characters."""
    value = value[:256]
    if len(value) < 16 or " " in value or _forms()["uuid"].fullmatch(value):
        return False
    hexadecimal = _forms()["hexadecimal"].fullmatch(value) is not None
    if hexadecimal and (value.isdigit() or value.startswith("0x") or _is_fingerprint(value)):
        return False
    if not any(character.isdigit() for character in value) and not _is_mixed_case(value):
        return False
    return entropy(value) >= (2.8 if hexadecimal else 3.4) and (hexadecimal or not _is_words(value))


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    length = len(value)
    return -sum(count / length * log2(count / length) for count in Counter(value).values()) if length else 0.0


def _is_number(value: str) -> bool:
    return _forms()["number"].fullmatch(value) is not None


def _is_fingerprint(value: str) -> bool:
    """OpenPGP prints key ids and fingerprints as 16 or 40 upper-case digits; secrets are lower-case."""
    return len(value) in (16, 40) and value == value.upper()


def _is_mixed_case(value: str) -> bool:
    """Upper and lower case change often: `aBcXyZ…`, not `myServiceName`."""
    switches = sum(a.isupper() != b.isupper() for a, b in pairwise(value))
    return switches >= len(value) // 4


def _is_words(value: str) -> bool:
    """Mostly whole lower-case, upper-case or Capitalised words, as in `prod-eu-west-1-cluster`."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", value)
    long = sum(len(word) for word in words if len(word) >= 4)
    return long >= 0.6 * len(value)


def _says_the_same(name: str, value: str) -> bool:
    """The value names another variable: `TOKEN: GITHUB_TOKEN`."""
    return bool(set(words_of(name)) & set(words_of(value)))
