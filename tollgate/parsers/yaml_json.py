"""JSON values with spans: kubectl reads a file that begins with `{` as a stream of them."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.documents import Limits
from tollgate.model.finding import InputProblem
from tollgate.model.node import Entry, Mapping, Node, Scalar, Sequence, Value
from tollgate.model.record import NamedTuple
from tollgate.parsers.yaml_merge import Entries
from tollgate.parsers.yaml_problems import Problems, RefusedError, too_deep

_BLANKS = re.compile(r"[ \t\r\n]*")
_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<mark>[{}\[\],:])|(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(?P<word>true|false|null))"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}
_MAY_CLOSE = {
    "}": ("key or end", "comma or }"),
    "]": ("item or end", "comma or ]"),
    "{": (), "[": (), ",": (), ":": (),
}  # fmt: skip
_LONGEST_INTEGER = 25


class NotJsonError(Exception):
    """`at` is the offset of what JSON does not allow there."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


class JsonValue(NamedTuple):
    root: Node
    start: int
    end: int
    problems: list[InputProblem]


def after_json_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return at if found is None else found.end()


def read_json(text: str, at: int, limits: Limits) -> JsonValue:
    """The JSON value that begins at `at`. Raises NotJsonError, or RefusedError where a bound is passed."""
    reader = _Reader(text, limits)
    start = after_json_blanks(text, at)
    end = reader.read(start)
    assert reader.root is not None  # read raises before it returns without a value
    return JsonValue(reader.root, start, end, reader.problems.found)


class _Reader:
    """A machine over tokens. `expect` says what may come next; the open collections are a stack."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.root: Node | None = None
        self.problems = Problems()
        self._entries = Entries(self.problems)
        self._text = text
        self._limits = limits
        self._stack: list[Mapping | Sequence] = []
        self._keys: list[tuple[str, int, int]] = []
        self._expect = "value"

    def read(self, at: int) -> int:
        """Read one value; its end."""
        while True:
            found = _TOKEN.match(self._text, at)
            if found is None:
                raise NotJsonError(after_json_blanks(self._text, at), "no JSON value")
            at = found.end()
            kind = found.lastgroup or ""
            start = found.start(kind)
            if kind == "mark":
                self._mark(self._text[start], start)
            else:
                self._token(kind, start, at)
            if self._expect == "nothing":
                return at

    def _mark(self, mark: str, start: int) -> None:
        expect = self._expect
        if mark in "{[" and expect in ("value", "item or end"):
            if len(self._stack) >= self._limits.nesting:
                raise too_deep(self._limits.nesting, start, start + 1)
            self._stack.append((Mapping if mark == "{" else Sequence)(start, start, flow=True))
            self._expect = "key or end" if mark == "{" else "item or end"
        elif expect in _MAY_CLOSE[mark]:
            self._close(start + 1)
        elif mark == ":" and expect == "colon":
            self._expect = "value"
        elif mark == "," and expect == "comma or }":
            self._expect = "key"
        elif mark == "," and expect == "comma or ]":
            self._expect = "value"
        else:
            raise NotJsonError(start, f"`{mark}` cannot stand here")

    def _token(self, kind: str, start: int, end: int) -> None:
        if kind == "string" and self._expect in ("key", "key or end"):
            self._keys.append((_string(self._text, start, end), start, end))
            self._expect = "colon"
        elif self._expect in ("value", "item or end"):
            self._attach(Scalar(self._value(kind, start, end), start, end, '"' if kind == "string" else ""))
        else:
            raise NotJsonError(start, f"a {kind} cannot stand here")

    def _value(self, kind: str, start: int, end: int) -> Value:
        if kind == "string":
            return _string(self._text, start, end)
        written = self._text[start:end]
        return _WORDS[written] if kind == "word" else _number(written, start, end)

    def _close(self, end: int) -> None:
        node = self._stack.pop()
        node.end = end
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            self._expect = "nothing"
            return
        parent = self._stack[-1]
        if type(parent) is Sequence:
            parent.items.append(node)
            self._expect = "comma or ]"
            return
        assert type(parent) is Mapping  # tells the type checker
        key, key_start, key_end = self._keys.pop()
        entry = Entry(key_start, key_end, node)
        self._entries.add(parent, key, entry)
        self._expect = "comma or }"


def _string(text: str, start: int, end: int) -> str:
    inner = text[start + 1 : end - 1]
    if "\\" not in inner:
        return inner
    import json  # only for escapes

    try:
        value: str = json.loads(text[start:end])
    except ValueError:
        raise NotJsonError(start, "an escape that JSON does not have") from None
    return _SURROGATE.sub("\ufffd", value)


def _number(written: str, start: int, end: int) -> int | float:
    if len(written) <= _LONGEST_INTEGER and written.lstrip("-").isdigit():
        whole = int(written)
        if -(2**63) <= whole < 2**63:
            return whole
    value = float(written)
    if value in (float("inf"), float("-inf")):
        raise RefusedError("parse-error", start, end, "a number is out of range")
    return value
