"""What a plain or tagged scalar means to kubectl (sigs.k8s.io/yaml on go-yaml v2, then JSON).

Measured against kubectl 1.32.4; tests/oracle holds its answers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isinf, isnan

from tollgate.model import lazy_re as re
from tollgate.model.node import Value

STANDARD_TAG = "tag:yaml.org,2002:"

WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    "y": True, "Y": True, "yes": True, "Yes": True, "YES": True, "on": True, "On": True, "ON": True,
    "n": False, "N": False, "no": False, "No": False, "NO": False, "off": False, "Off": False, "OFF": False,
}  # fmt: skip

KUBECTL_ONLY_WORDS = frozenset(
    ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
)
"""Booleans to kubectl, strings to kustomize, which follows YAML 1.2 here."""

MAY_BE_SPECIAL = frozenset("+-.0123456789yYnNtTfFoO~")
"""A plain scalar that starts with any other character is a string."""

_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ODD_BINARY = re.compile(r"0b([-+][01]+)")
_NOT_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_LONGEST_WITHOUT_EXPONENT = 6
"""Go's 'g' format turns to exponents from here on."""

_LARGEST_DIGITS = 400
"""A number written longer is no 64-bit integer, and as a float it would be infinite or is not worth it."""


class UnreadableScalarError(Exception):
    """kubectl refuses the document for this scalar; the message quotes no value."""


def resolve(text: str) -> Value:
    """The value of an untagged plain scalar. Raises UnreadableScalarError for infinities and not-a-number."""
    number = _resolve_raw(text)
    if isinstance(number, float):
        return _through_json(number)
    if type(number) is int and number >= 2**63:
        return float(number)
    return number


def resolve_tagged(text: str, tag: str) -> Value:
    """The value of a scalar with a written tag, whatever its style. Raises UnreadableScalarError."""
    name = tag.removeprefix(STANDARD_TAG) if tag.startswith(STANDARD_TAG) else ""
    if name == "binary":
        return _decode_binary(text)
    if name not in _TAGGED_KINDS:
        return text
    value = resolve(text)
    if name == "timestamp":
        if _TIMESTAMP.match(text) is None:
            raise UnreadableScalarError("a value tagged !!timestamp is none")
        return text
    if not _TAGGED_KINDS[name](value):
        raise UnreadableScalarError(f"a value tagged !!{name} is none")
    if name == "int" and isinstance(_resolve_raw(text), float):
        raise UnreadableScalarError("a value tagged !!int is none")
    return value


def key_of_plain(text: str) -> str | None:
    """The string that an untagged plain key becomes; None if kubectl refuses it."""
    return key_of_value(_resolve_raw(text))


def key_of_tagged(text: str, tag: str) -> str | None:
    """The string that a tagged key becomes; None if kubectl refuses it. Raises UnreadableScalarError."""
    name = tag.removeprefix(STANDARD_TAG) if tag.startswith(STANDARD_TAG) else ""
    if name in ("int", "float"):
        resolve_tagged(text, tag)
        raw = _resolve_raw(text)
        return key_of_value(float(raw) if name == "float" and isinstance(raw, int | float) else raw)
    return key_of_value(resolve_tagged(text, tag))


def key_of_value(value: Value) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value < 2**63 else None
    if isinstance(value, float):
        return _float_key(value)
    return None


def _resolve_raw(text: str) -> Value:
    """As go-yaml has it, before JSON: integers up to 64 bits with or without sign, floats, words."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in MAY_BE_SPECIAL or text[0].isalpha():
        return text
    if _NOT_JSON.fullmatch(text):
        return float(text.replace(".", "").lower())
    plain = text.replace("_", "")
    if len(plain) > _LARGEST_DIGITS:
        return text
    if _INTEGER.fullmatch(plain):
        number = _integer(plain)
        if -(2**63) <= number < 2**63 or (0 <= number < 2**64 and plain[0] != "+"):
            return number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return value if isfinite(value) else text
    odd = _ODD_BINARY.fullmatch(plain)
    return int(odd.group(1), 2) if odd else text


def _integer(plain: str) -> int:
    sign = -1 if plain[0] == "-" else 1
    digits = plain.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _through_json(value: float) -> int | float:
    """A float that JSON writes without a point comes back as an integer where 64 bits hold it."""
    if not isfinite(value):
        raise UnreadableScalarError("kubectl refuses infinities and not-a-number")
    if value.is_integer() and -(2**63) <= value < 2**63:
        return int(value)
    return value


def _float_key(value: float) -> str:
    """As Go's FormatFloat(value, 'g', -1, 32): the fewest digits that tell a 32-bit float apart."""
    if isnan(value):
        return ".nan"
    nearest = _to_float32(value)
    if isinf(nearest):
        return ".inf" if nearest > 0 else "-.inf"
    digits = next(n for n in range(1, 18) if n == 17 or _to_float32(float(f"{nearest:.{n - 1}e}")) == nearest)
    mantissa, exponent = f"{nearest:.{digits - 1}e}".split("e")
    if -4 <= int(exponent) < _LONGEST_WITHOUT_EXPONENT:
        return f"{nearest:.{max(digits - 1 - int(exponent), 0)}f}"
    return f"{mantissa}e{exponent}"


def _to_float32(value: float) -> float:
    import struct  # a float as a key is rare

    try:
        narrowed: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return narrowed


def _decode_binary(text: str) -> str:
    import base64  # rare

    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise UnreadableScalarError("a value tagged !!binary is no base64") from None
    return data.decode("utf-8", "replace")


_TIMESTAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt \t]|\Z)")


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TAGGED_KINDS: dict[str, Callable[[Value], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": _is_number,
    "float": _is_number,
    "null": lambda value: value is None,
    "timestamp": lambda _value: True,
}
