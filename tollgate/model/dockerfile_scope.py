"""Variables of a Dockerfile: which values they have where, and what words become with them.

As BuildKit v0.25.0 does it (frontend/dockerfile/dockerfile2llb): ARG before the first FROM feeds the
FROM lines and, through a bare `ARG name`, the stages; ENV and ARG set variables from the next
instruction on, the later one wins; a stage built on another takes over all it has.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile_expand import UNSET, Lookup, Variable, expand
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import UNKNOWN, Scalar

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, Instruction, Pair, Stage

PLATFORM_ARGUMENTS = frozenset(
    f"{side}{part}"
    for side in ("BUILD", "TARGET")
    for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
"""Declared by BuildKit before the first FROM; a stage sees them after a bare ARG."""

EXPANDED_WORDS = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
EXPANDED_FLAGS = {
    "ADD": frozenset({"chown", "chmod", "checksum"}),
    "COPY": frozenset({"chown", "chmod"}),
    "RUN": frozenset({"mount"}),
    "FROM": frozenset({"platform"}),
}
SCRATCH = "scratch"

_SET_UNKNOWN = Variable("set")
_UNKNOWN = Variable("unknown")
_SPECIAL = {escape: re.compile(rf"[$'\"{re.escape(escape)}]") for escape in ("\\", "`")}


def is_plain(text: str, escape: str) -> bool:
    """Whether expanding gives the text itself."""
    return _SPECIAL[escape].search(text) is None


def expand_scalar(word: Scalar, lookup: Lookup, escape: str) -> Scalar:
    """The word with its value expanded, at the same place."""
    text = word.value
    if not isinstance(text, str) or is_plain(text, escape):
        return word
    return Scalar(expand(text, lookup, escape).value, word.start, word.end, word.style)


def global_variables(arguments: Sequence[Instruction], escape: str) -> dict[str, Variable]:
    """The variables that FROM lines see: the ARG before them, each seeing those before it."""
    known: dict[str, Variable] = dict.fromkeys(PLATFORM_ARGUMENTS, _SET_UNKNOWN)
    for item in arguments:
        for pair in item.pairs:
            name = str(pair.key.value)
            if pair.value is not None:
                known[name] = _assigned(pair.value, _getter(known), escape)
            elif name not in known:
                known[name] = Variable("default-unset", UNKNOWN, pair.key.start, pair.key.end)
    return known


def _getter(known: dict[str, Variable]) -> Lookup:
    return lambda name: known.get(name, UNSET)


def _assigned(written: Scalar, lookup: Lookup, escape: str) -> Variable:
    value = expand_scalar(written, lookup, escape).value
    return Variable("set", UNKNOWN if not isinstance(value, str) else value, written.start, written.end)


class StageNames:
    """The stages defined so far, by name, for the FROM lines that follow."""

    def __init__(self, arguments: Sequence[Instruction], escape: str) -> None:
        self._arguments = arguments
        self._escape = escape
        self._globals: dict[str, Variable] | None = None
        self._stages: dict[str, Stage] = {}

    def add(self, stage: Stage) -> None:
        if stage.name is not None:
            self._stages[str(stage.name.value).lower()] = stage

    def find_base(self, written: Scalar) -> Stage | None:
        """The stage that a FROM's reference names; None for an image."""
        if not self._stages:
            return None
        if self._globals is None and not is_plain(str(written.value), self._escape):
            self._globals = global_variables(self._arguments, self._escape)
        value = expand_scalar(written, _getter(self._globals or {}), self._escape).value
        return self._stages.get(value.lower()) if isinstance(value, str) else None


class Scopes:
    """The variables of every stage. Ask it through `Dockerfile.scopes`."""

    def __init__(self, dockerfile: Dockerfile) -> None:
        self._escape = dockerfile.escape
        self.globals = global_variables(dockerfile.arguments, dockerfile.escape)
        self._tables: list[dict[str, list[tuple[int, Variable]]]] = []
        self._shells: list[list[tuple[int, tuple[str, ...]]]] = []
        self._stages = {str(one.name.value).lower(): one for one in dockerfile.stages if one.name is not None}
        for stage in dockerfile.stages:
            self._read_stage(stage)

    def global_lookup(self, name: str) -> Variable:
        return self.globals.get(name, UNSET)

    def lookup_at(self, item: Instruction) -> Lookup:
        """The variables just before an instruction; those of the FROM lines for FROM and for ARG before
        it; nothing is known inside ONBUILD, which runs in another build."""
        stage = item.stage
        if item.outer is not None:
            return lambda _: _UNKNOWN
        if stage is None or item.keyword == "FROM":
            return self.global_lookup
        return lambda name: self._find(name, stage, item.index)

    def stage_named(self, name: str) -> Stage | None:
        """The last stage of that name, whatever case it is in: what COPY and mounts mean by it."""
        return self._stages.get(name.lower())

    def declared(self, stage: Stage, *, limit: int) -> set[str]:
        """The names that ENV and ARG of the stage and those it is built on set anywhere; if there are
        more than `limit`, so many that this shows."""
        names: set[str] = set()
        current: Stage | None = stage
        while current is not None and len(names) <= limit:
            names.update(islice(self._tables[current.index], limit + 1))
            current = current.parent if current.inherits else None
        return names

    def variable_at(self, item: Instruction, name: str) -> Scalar | None:
        found = self.lookup_at(item)(name)
        return Scalar(found.value, found.start, found.end) if found.end else None

    def shell_at(self, item: Instruction) -> tuple[str, ...]:
        index, stage = item.index, item.stage
        while stage is not None:
            shells = self._shells[stage.index]
            at = bisect_left(shells, (index,))
            if at:
                return shells[at - 1][1]
            index, stage = _END, stage.parent if stage.inherits else None
        return ()

    def words(self, item: Instruction) -> tuple[Scalar, ...]:
        """The words as the instruction works with them."""
        words = item.words
        if item.keyword == "FROM":
            return (
                *[expand_scalar(word, self.global_lookup, self._escape) for word in words[:1]],
                *words[1:],
            )
        if item.keyword not in EXPANDED_WORDS or all(
            is_plain(str(word.value), self._escape) for word in words
        ):
            return words
        lookup = self.lookup_at(item)
        if item.keyword == "EXPOSE":
            return tuple(self._split_words(words, lookup))
        literal = {here.word.start for here in item.heredocs}
        return tuple(
            [word if word.start in literal else expand_scalar(word, lookup, self._escape) for word in words]
        )

    def pairs(self, item: Instruction) -> Sequence[Pair]:
        """Keys and values as ENV, LABEL or ARG set them: expanded with what stood before the
        instruction (ARG: before each pair)."""
        if item.keyword == "ARG":
            return self._argument_pairs(item)
        lookup = self.lookup_at(item)
        return [
            pair._replace(
                key=expand_scalar(pair.key, lookup, self._escape),
                value=pair.value and expand_scalar(pair.value, lookup, self._escape),
            )
            for pair in item.pairs
        ]

    def flag_value(self, item: Instruction, name: str, value: Scalar) -> Scalar:
        if name not in EXPANDED_FLAGS.get(item.keyword, ()):
            return value
        return expand_scalar(value, self.lookup_at(item), self._escape)

    def _split_words(self, words: Sequence[Scalar], lookup: Lookup) -> Iterator[Scalar]:
        for word in words:
            for part in expand(str(word.value), lookup, self._escape).words:
                yield Scalar(part, word.start, word.end)

    def _argument_pairs(self, item: Instruction) -> list[Pair]:
        set_here: dict[str, Variable] = {}
        before = self.lookup_at(item)

        def lookup(name: str) -> Variable:
            return set_here.get(name) or before(name)

        pairs = []
        for pair in item.pairs:
            value = pair.value
            if value is not None:
                set_here[str(pair.key.value)] = _assigned(value, lookup, self._escape)
                value = Scalar(set_here[str(pair.key.value)].value, value.start, value.end, value.style)
            pairs.append(pair._replace(value=value))
        return pairs

    def _read_stage(self, stage: Stage) -> None:
        table: dict[str, list[tuple[int, Variable]]] = {}
        self._tables.append(table)
        shells: list[tuple[int, tuple[str, ...]]] = []
        self._shells.append(shells)
        for item in stage.instructions:
            if item.keyword == "ENV":
                for key, value in self.pairs(item):
                    if value is not None and isinstance(key.value, str):
                        set_to = value.value if isinstance(value.value, str) else UNKNOWN
                        variable = Variable("set", set_to, value.start, value.end)
                        table.setdefault(key.value, []).append((item.index, variable))
            elif item.keyword == "ARG":
                self._declare(item, stage, table)
            elif item.keyword == "SHELL" and item.is_json:
                shells.append((item.index, tuple([str(word.value) for word in item.words])))

    def _declare(self, item: Instruction, stage: Stage, table: dict[str, list[tuple[int, Variable]]]) -> None:
        for key, value in self._argument_pairs(item):
            name = str(key.value)
            if value is not None:
                set_to = value.value if isinstance(value.value, str) else UNKNOWN
                variable = Variable("set", set_to, value.start, value.end)
            else:
                inherited = self.globals.get(name)
                current = self._find(name, stage, item.index)
                if inherited is not None and inherited.state == "set":
                    variable = inherited
                elif current.state == "set":
                    continue
                else:
                    variable = Variable("default-unset", UNKNOWN, key.start, key.end)
            table.setdefault(name, []).append((item.index, variable))

    def _find(self, name: str, stage: Stage, index: int) -> Variable:
        """The variable just before the instruction with that index in a stage."""
        current: Stage | None = stage
        while current is not None:
            values = self._tables[current.index].get(name)
            if values is not None:
                at = bisect_left(values, (index,))
                if at:
                    return values[at - 1][1]
            index = _END
            if current.parent is None or not current.inherits:
                break
            current = current.parent
        return UNSET if current is not None and self._is_scratch(current) and name != "PATH" else _UNKNOWN

    def _is_scratch(self, stage: Stage) -> bool:
        if stage.base is None or stage.parent is not None:
            return False
        return expand_scalar(stage.base, self.global_lookup, self._escape).value == SCRATCH


_END = 1 << 62


def evaluate(dockerfile: Dockerfile) -> Scopes:
    return Scopes(dockerfile)
