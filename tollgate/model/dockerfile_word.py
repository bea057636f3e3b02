"""One pass over a word of a Dockerfile: quotes, escapes, variables, and where blanks split it.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/shell/lex.go, checked against it.
"""

from __future__ import annotations

from collections.abc import Callable

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile_glob import replace_matches, trim_prefix, trim_suffix
from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.node import UNKNOWN, Unknown
from tollgate.model.record import NamedTuple

MAX_NESTING = 50
"""`${A:-${B:-…}}` beyond this is not followed: its value is unknown."""

MAX_GROWTH = 4096
"""A value longer than its word by more characters than this is not kept: it is unknown."""

_BLANKS = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_NAME = re.compile(r"[^\W\d]\w*")
_DIGITS = re.compile(r"\d+")
_SPECIAL = frozenset("@*#?-$!0")


class Variable(NamedTuple):
    """What is known of a variable at one place.

    state    set: it has `value`, which may be UNKNOWN
             unset: it has none
             default-unset: an ARG without default; someone may pass a value
             unknown: neither is known (the environment of an image from outside the file)
    start, end   where the ENV or ARG that sets it gives the value, as offsets; 0, 0 if nothing does
    """

    state: Literal["set", "unset", "default-unset", "unknown"]
    value: str | Unknown = UNKNOWN
    start: int = 0
    end: int = 0


UNSET = Variable("unset", "")

Lookup: TypeAlias = Callable[[str], Variable]


class QuotingError(ValueError):
    """The word is not well-formed; the message says how, without quoting it."""


class ShellWord(NamedTuple):
    """A word of a line with its indices in it."""

    text: str
    start: int
    end: int


class WordReader:
    """One pass over a word. `lookup` None: variables stay as they are written."""

    def __init__(
        self,
        text: str,
        escape: str,
        lookup: Lookup | None,
        *,
        quotes: bool = True,
        raw_quotes: bool = False,
        raw_escapes: bool = False,
    ) -> None:
        self.text = text
        self.at = 0
        self.escape = escape
        self.lookup = lookup
        self.quotes = quotes
        self.raw_quotes = raw_quotes
        self.raw_escapes = raw_escapes
        self.used: dict[str, Variable] = {}
        self.unknown = False
        self.grown = 0
        self.depth = 0
        self.special = re.compile("[$<" + ("'\"" if quotes else "") + re.escape(escape) + "]")
        self.words: list[ShellWord] = []
        self.word: list[str] = []
        self.word_start = 0

    # Splitting into words, of the outermost level only

    def finished_words(self) -> list[ShellWord]:
        self._end_word(len(self.text))
        return self.words

    def _end_word(self, at: int) -> None:
        text = "".join(self.word)
        if text:
            self.words.append(ShellWord(text, self.word_start, at))
        self.word = []

    def _add_split(self, text: str, at: int, *, moving: bool) -> None:
        """Add text whose blanks split words; `moving`: it is source text, so each character has its
        own index."""
        if not self.word:
            self.word_start = at
        begin = 0
        for index, char in enumerate(text):
            if char in _BLANKS:
                if begin < index:
                    self._add_raw(text[begin:index], at + begin if moving else at)
                self._end_word(at + index if moving else at)
                begin = index + 1
        if begin < len(text):
            self._add_raw(text[begin:], at + begin if moving else at)

    def _add_raw(self, text: str, at: int) -> None:
        if not self.word:
            self.word_start = at
        self.word.append(text)

    # Reading

    def read(self, stop: str) -> str:
        """Up to the unquoted character `stop`, which is consumed, or to the end if it is empty."""
        result: list[str] = []
        text = self.text
        outer = not stop
        special = self.special if outer else re.compile(self.special.pattern[:-1] + re.escape(stop) + "]")
        while self.at < len(text):
            begin = self.at
            found = special.search(text, begin)
            end = found.start() if found else len(text)
            if end > begin:
                result.append(text[begin:end])
                if outer:
                    self._add_split(text[begin:end], begin, moving=True)
                self.at = end
            if found is None:
                break
            if text[end] == stop:
                self.at += 1
                return "".join(result)
            result.append(self._special(text[end], end, outer=outer))
        if stop:
            raise QuotingError(f"`{stop}` is missing")
        return "".join(result)

    def _special(self, char: str, start: int, *, outer: bool) -> str:
        if char == "$":
            part = self._dollar()
            if outer:
                self._add_split(part, start, moving=False)
            return part
        if char == "<":
            part = self._less_than()
        elif char == self.escape:
            part = self._escaped()
        elif char == "'":
            part = self._single_quoted()
        else:
            part = self._double_quoted()
        if outer:
            self._add_raw(part, start)
        return part

    def _less_than(self) -> str:
        """`<<` and the blanks after it belong to one word."""
        start = self.at
        self.at += 1
        if self.text.startswith("<", self.at):
            self.at += 1
            while self.text[self.at : self.at + 1] in ("\t", "\r", " "):
                self.at += 1
        return self.text[start : self.at]

    def _escaped(self) -> str:
        self.at += 2
        taken = self.text[self.at - 1 : self.at]
        return self.escape + taken if self.raw_escapes else taken

    def _single_quoted(self) -> str:
        close = self.text.find("'", self.at + 1)
        if close < 0:
            raise QuotingError("a single quote is not closed")
        inner = self.text[self.at + 1 : close]
        self.at = close + 1
        return f"'{inner}'" if self.raw_quotes else inner

    def _double_quoted(self) -> str:
        result = ['"' if self.raw_quotes else ""]
        text = self.text
        self.at += 1
        while self.at < len(text):
            char = text[self.at]
            if char == '"':
                self.at += 1
                result.append('"' if self.raw_quotes else "")
                return "".join(result)
            if char == "$":
                result.append(self._dollar())
                continue
            self.at += 1
            if char == self.escape:
                if self.raw_escapes:
                    result.append(char)
                if self.at == len(text):
                    break
                if text[self.at] in ('"', "$", self.escape):
                    char = text[self.at]
                    self.at += 1
            result.append(char)
        raise QuotingError("a double quote is not closed")

    def _dollar(self) -> str:
        start = self.at
        self.at += 1
        if self.text.startswith("{", self.at):
            self.at += 1
            self.depth += 1
            if self.depth > MAX_NESTING:
                raise QuotingError("substitutions are nested too deep")
            value = self._braces(start)
            self.depth -= 1
            return value
        name = self._name()
        if not name:
            return "$"
        if self.lookup is None:
            return self.text[start : self.at]
        return self._plain_value(self._variable(name))

    def _name(self) -> str:
        """A variable's name at the current index, or nothing."""
        text = self.text
        found = _DIGITS.match(text, self.at)
        if found is None and text[self.at : self.at + 1] in _SPECIAL:
            self.at += 1
            return text[self.at - 1]
        found = found or _NAME.match(text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _variable(self, name: str) -> Variable:
        assert self.lookup is not None
        variable = self.used[name] = self.lookup(name)
        return variable

    def _plain_value(self, variable: Variable) -> str:
        if variable.state == "unset":
            return ""
        if isinstance(variable.value, Unknown):
            self.unknown = True
            return ""
        self.grown += len(variable.value)
        if self.grown > len(self.text) + MAX_GROWTH:
            self.unknown = True
            return ""
        return variable.value

    def _braces(self, start: int) -> str:
        text = self.text
        if self.at >= len(text):
            raise QuotingError("`}` is missing")
        if text[self.at] in "{}:":
            raise QuotingError("bad substitution")
        name = self._name()
        modifier = text[self.at : self.at + 1]
        self.at += 1
        if modifier == "}":
            if self.lookup is None:
                return text[start : self.at]
            return self._plain_value(self._variable(name))
        if modifier == "/":
            return self._replacement(name, start)
        empty_counts = modifier == ":"
        if empty_counts:
            modifier = text[self.at : self.at + 1]
            self.at += 1
        if modifier not in ("+", "-", "?", "#", "%") or not modifier or (empty_counts and modifier in "#%"):
            raise QuotingError("unsupported modifier in a substitution")
        return self._modified(name, modifier, start, empty_counts=empty_counts)

    def _inner(self, stop: str, *, raw_escapes: bool) -> tuple[str, bool]:
        """The text up to `stop` and whether it is unknown; the caller decides whether that shows.

        What the word held before is lost for the list of words: BuildKit writes both to one buffer.
        """
        before, escapes = self.unknown, self.raw_escapes
        self.unknown, self.raw_escapes = False, raw_escapes
        word = self.read(stop)
        unknown = self.unknown
        self.unknown, self.raw_escapes = before, escapes
        self.word = []
        return word, unknown

    def _modified(self, name: str, modifier: str, start: int, *, empty_counts: bool) -> str:
        word_start = self.at
        word, word_unknown = self._inner("}", raw_escapes=modifier in "#%")
        if self.lookup is None:
            return self.text[start:word_start] + word + "}"
        variable = self._variable(name)
        if modifier in "#%":
            value = self._plain_value(variable)
            if word_unknown:
                self.unknown = True
            if self.unknown:
                return ""
            greedy = word.startswith(modifier)
            trim = trim_prefix if modifier == "#" else trim_suffix
            return self._by_pattern(trim(word[greedy:], value, greedy=greedy))
        counts_as_set = self._counts_as_set(variable, empty_counts=empty_counts)
        if counts_as_set is None:
            self.unknown = True
            return ""
        if modifier == "?":
            if not counts_as_set:
                self.unknown = True
                return ""
            return self._plain_value(variable)
        if counts_as_set == (modifier == "+"):
            self.unknown = self.unknown or word_unknown
            return word
        return self._plain_value(variable) if modifier == "-" else ""

    def _counts_as_set(self, variable: Variable, *, empty_counts: bool) -> bool | None:
        if variable.state == "unknown":
            return None
        if variable.state != "set":
            return False
        if not empty_counts:
            return True
        return None if isinstance(variable.value, Unknown) else variable.value != ""

    def _replacement(self, name: str, start: int) -> str:
        everywhere = self.text.startswith("/", self.at)
        self.at += everywhere
        pattern, pattern_unknown = self._inner("/", raw_escapes=True)
        replacement, replacement_unknown = self._inner("}", raw_escapes=True)
        if self.lookup is None:
            return f"${{{name}/{pattern}/{replacement}}}"
        value = self._plain_value(self._variable(name))
        self.unknown = self.unknown or pattern_unknown or replacement_unknown
        if self.unknown:
            return ""
        return self._by_pattern(replace_matches(pattern, value, replacement, everywhere=everywhere))

    def _by_pattern(self, value: str | Unknown) -> str:
        if isinstance(value, Unknown):
            self.unknown = True
            return ""
        return value
