"""The words themselves: each makes, from the value written beside it, a test of a field."""

from __future__ import annotations

from collections.abc import Callable

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any
from tollgate.model.node import Mapping, Scalar, Sequence, Trail
from tollgate.model.rbac import EVERY, Grant, grant, node_gives, rights_of
from tollgate.model.record import NamedTuple
from tollgate.model.target import Field


class UnknownWordError(ValueError):
    """The value beside a word makes no sense for it."""


class Word(NamedTuple):
    """`holds` answers for a field that is present and known; `offenders` gives the indices of the
    list elements that decide the answer, `culprits` the trails of what decides below a mapping."""

    holds: Callable[[Field], bool]
    offenders: Callable[[Field], list[int]] | None = None
    culprits: Callable[[Field], list[Trail]] | None = None


_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")
_FACTORS = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def quantity(value: object) -> float | None:
    """A number or Kubernetes quantity (`500m`, `1Gi`, `1e3`) as a float; None for anything else.

    Source: k8s.io/apimachinery resource.Quantity.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    found = _QUANTITY.fullmatch(value)
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    return float(number + (exponent or "")) * _FACTORS[suffix or ""]


def same(left: object, right: object) -> bool:
    """Equal as the API sees it: numbers by value, but true is not 1."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


def _value(field: Field) -> object:
    return field.value if isinstance(field, Scalar) else field


def _items(field: Field) -> list[object]:
    """The list's plain elements; a lone scalar is a list of itself; a mapping's keys."""
    if isinstance(field, Sequence):
        return [item.value if isinstance(item, Scalar) else item for item in field.items]
    if isinstance(field, Mapping):
        return list(field.entries)
    return [_value(field)]


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnknownWordError("needs a list")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    texts = tuple(value) if isinstance(value, list) else (value,)
    if not all(isinstance(text, str) for text in texts):
        raise UnknownWordError("needs a string or a list of strings")
    return texts


def _is(value: Any) -> Word:
    if type(value) is str:  # what most rules compare with: no number or boolean equals it
        return Word(lambda field: type(field) is Scalar and field.value == value)
    return Word(lambda field: same(_value(field), value))


def _in(value: Any) -> Word:
    allowed = _listed(value)
    if all(type(item) is str for item in allowed):
        texts = frozenset(allowed)
        return Word(lambda field: type(field) is Scalar and field.value in texts)
    return Word(lambda field: any(same(_value(field), item) for item in allowed))


def _matches(value: Any) -> Word:
    try:
        pattern = re.compile(value)
    except (re.error, TypeError) as error:
        raise UnknownWordError(f"no regular expression: {error}") from None

    def holds(field: Field) -> bool:
        text = _value(field)
        return isinstance(text, str | int | float) and pattern.search(str(text)) is not None

    return Word(holds)


def _matches_linear(value: Any) -> Word:
    """`matches` for rules from outside, whose patterns nobody has proved to be linear."""
    try:
        import re2
    except ImportError:
        raise UnknownWordError(
            "regular expressions in rules from outside run in google-re2, which is not installed: "
            "pip install 'tollgate[regex]', or write it with glob, starts_with, ends_with, contains, in"
        ) from None
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(value, options)
    except (re2.error, TypeError) as error:
        raise UnknownWordError(f"google-re2 cannot use this regular expression: {_told(error)}") from None

    def holds(field: Field) -> bool:
        text = _value(field)
        if not isinstance(text, str | int | float):
            return False
        return pattern.search(str(text).encode("utf-8", "replace").decode("utf-8")) is not None

    return Word(holds)


def _told(error: Exception) -> str:
    given = error.args[0] if error.args else error
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)


def _glob(value: Any) -> Word:
    """A text that one of the patterns matches as a whole: `*` any characters, `?` one, `[abc]` a set."""
    from fnmatch import translate  # linear: a star never tries again what a later one has passed

    patterns = [re.compile(translate(text)).match for text in _texts(value)]

    def holds(field: Field) -> bool:
        text = _value(field)
        return isinstance(text, str | int | float) and any(match(str(text)) for match in patterns)

    return Word(holds)


def _bound(value: Any, accepts: Callable[[float, float], bool]) -> Word:
    limit = quantity(value)
    if limit is None:
        raise UnknownWordError(f"`{value}` is no number or quantity")

    def holds(field: Field) -> bool:
        amount = quantity(_value(field))
        return amount is not None and accepts(amount, limit)

    return Word(holds)


def _present(value: Any) -> Word:
    return Word(lambda field: (field is not None) is bool(value))


def _absent(value: Any) -> Word:
    return Word(lambda field: (field is None) is bool(value))


def _contains(value: Any) -> Word:
    """A list with that element, a mapping with that key, or a text with that part."""

    def holds(field: Field) -> bool:
        text = _value(field)
        if isinstance(text, str) and isinstance(value, str):
            return value in text
        return any(same(item, value) for item in _items(field))

    return Word(holds, lambda field: _indices(field, lambda item: same(item, value)))


def _excludes(value: Any) -> Word:
    """A list without any of those elements; the offenders are the ones it has."""
    refused = _listed(value)

    def offends(item: object) -> bool:
        return any(same(item, one) for one in refused)

    return Word(lambda field: not any(map(offends, _items(field))), lambda field: _indices(field, offends))


def _subset_of(value: Any) -> Word:
    """A list with nothing but those elements; the offenders are the others."""
    allowed = _listed(value)

    def offends(item: object) -> bool:
        return not any(same(item, one) for one in allowed)

    return Word(lambda field: not any(map(offends, _items(field))), lambda field: _indices(field, offends))


def _indices(field: Field, test: Callable[[object], bool]) -> list[int]:
    return [index for index, item in enumerate(_items(field)) if test(item)]


def _starts_with(value: Any) -> Word:
    prefixes = _texts(value)
    return Word(lambda field: isinstance(text := _value(field), str) and text.startswith(prefixes))


def _ends_with(value: Any) -> Word:
    suffixes = _texts(value)
    return Word(lambda field: isinstance(text := _value(field), str) and text.endswith(suffixes))


def _is_image(text: str) -> bool:
    from tollgate.model.image import parse_image

    return parse_image(text) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "quantity": lambda text: quantity(text) is not None,
    "absolute-path": lambda text: text.startswith("/"),
    "image": _is_image,
    "dns-label": lambda text: re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", text) is not None,
}


def _format(value: Any) -> Word:
    test = FORMATS.get(value)
    if test is None:
        raise UnknownWordError(f"there is no format `{value}`; the formats are {', '.join(FORMATS)}")
    return Word(lambda field: isinstance(text := _value(field), str | int | float) and test(str(text)))


def _allowed_by(value: Any) -> Word:
    """An image reference that one of the patterns matches."""
    from tollgate.model.image import compile_pattern, matches, parse_image

    patterns = tuple(compile_pattern(text) for text in _texts(value))

    def holds(field: Field) -> bool:
        text = _value(field)
        reference = parse_image(text) if isinstance(text, str) else None
        return reference is not None and any(matches(pattern, reference) for pattern in patterns)

    return Word(holds)


def _empty(value: Any) -> Word:
    """An empty list, mapping or text."""

    def holds(field: Field) -> bool:
        if isinstance(field, Sequence):
            return (not field.items) is bool(value)
        if isinstance(field, Mapping):
            return (not field.entries) is bool(value)
        return (_value(field) == "") is bool(value)

    return Word(holds)


def _grants(value: Any) -> Word:
    """An item of a role's `rules` that grants one of these (a mapping, or a list of them)."""
    wanted = [_grant(one) for one in (value if isinstance(value, list) else [value])]

    def holds(field: Field) -> bool:
        return isinstance(field, Mapping) and any(node_gives(field, one) for one in wanted)

    def culprits(field: Field) -> list[Trail]:
        if not isinstance(field, Mapping):
            return []
        given = next((one for one in wanted if node_gives(field, one)), None)
        if given is None:
            return []
        rights = rights_of(field)
        return [
            (key, index)
            for key, names in (("resources", given.resources), ("verbs", given.verbs))
            for index, item in enumerate(getattr(rights, key))
            if item in names
        ]

    return Word(holds, culprits=culprits)


def _grant(value: Any) -> Grant:
    keys = {"groups", "resources", "verbs"}
    if not isinstance(value, dict) or not keys <= set(value) <= {*keys, "names"}:
        raise UnknownWordError("needs groups, resources and verbs, and may have names")
    lists = {key: _texts(_listed(listed)) for key, listed in value.items()}
    if any(EVERY in lists[key] for key in keys):
        raise UnknownWordError("`*` is understood everywhere and need not be written")
    return grant(**lists)


WORDS: dict[str, Callable[[Any], Word]] = {
    "is": _is,
    "in": _in,
    "matches": _matches,
    "matches_linear": _matches_linear,
    "glob": _glob,
    "min": lambda value: _bound(value, lambda amount, limit: amount >= limit),
    "max": lambda value: _bound(value, lambda amount, limit: amount <= limit),
    "present": _present,
    "absent": _absent,
    "empty": _empty,
    "contains": _contains,
    "excludes": _excludes,
    "subset_of": _subset_of,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "format": _format,
    "allowed_by": _allowed_by,
    "grants": _grants,
}
