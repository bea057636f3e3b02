"""The words of rules, compiled to closures.

A condition is a mapping of paths to words. Compiled, it answers for a target: True, False, ABSENT
(some path is absent) or CANNOT_KNOW (some value is only known at run time). On the hot path nothing
is located: places are found again, by `Locator`, only for the targets that fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map, Sequence as Seq
from functools import lru_cache, partial

from tollgate.model import lazy_re as re
from tollgate.model.hints import Any, TypeAlias, Union
from tollgate.model.node import UNKNOWN, Mapping, Node, Scalar, Sequence, Trail, child
from tollgate.model.record import NamedTuple
from tollgate.model.target import Field, Target
from tollgate.words import WORDS, UnknownWordError, Word


class Answer:
    """Neither true nor false."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


ABSENT = Answer("ABSENT")
CANNOT_KNOW = Answer("CANNOT_KNOW")

Truth: TypeAlias = Union[bool, Answer]  # noqa: UP007
Condition: TypeAlias = Callable[[Target], Truth]
Getter: TypeAlias = Callable[[Target], Field]

CLIMBS = frozenset(
    {
        "pod", "workload", "manifest", "container", "service",
        "stage", "instruction", "dockerfile", "script", "pipeline",
    }
)  # fmt: skip
"""A path's first key, when it is one of these, is the owner of that noun."""


class RuleError(ValueError):
    """A rule or policy says something that the vocabulary does not have; the text says what."""


class Path(NamedTuple):
    """A parsed path: the noun to climb to, the keys, and whether it asks for a mapping's keys.

    A key may hold `{name}`: a field of the selected node that is filled in.
    """

    text: str
    climb: str | None
    keys: tuple[str, ...]
    wants_keys: bool


class Clause(NamedTuple):
    """One path with its words, in written order: what a place is looked for with."""

    path: Path
    condition: Condition
    offenders: Callable[[Target], list[int]] | None
    """Indices of the list elements at the path that make the clause what it is."""
    culprits: Callable[[Target], list[Trail]] | None = None
    """The same for what stands deeper below a mapping."""


class Compiled(NamedTuple):
    """A condition with its clauses (those inside `any_of` and `not` included)."""

    answer: Condition
    clauses: tuple[Clause, ...]


_KEY = re.compile(r"""([^.\["']+)|\[\s*(?:"([^"]*)"|'([^']*)')\s*\]""")


@lru_cache(maxsize=4096)  # rules ask for the same paths at every finding
def parse_path(text: str) -> Path:
    """Split `a.b["c.d/e"].@keys`.

    Raises RuleError for anything else.
    """
    keys: list[str] = []
    at = 0
    while at < len(text):
        found = _KEY.match(text, at)
        if found is None:
            raise RuleError(f"path `{text}` cannot be read at character {at + 1}")
        keys.append(next(group for group in found.groups() if group is not None))
        at = found.end()
        if at < len(text) and text[at] == ".":
            at += 1
    wants_keys = bool(keys) and keys[-1] == "@keys"
    if wants_keys:
        keys.pop()
    climb = keys.pop(0) if len(keys) > 1 and keys[0] in CLIMBS else None
    return Path(text, climb, tuple(keys), wants_keys)


def fill_in(template: str, target: Target) -> str:
    """Replace `{field}` by the field's text; an absent field becomes empty."""
    if "{" not in template:
        return template
    return re.sub(r"\{([^{}]+)\}", lambda found: _as_text(target.field(found[1])), template)


def _as_text(field: Field) -> str:
    return str(field.value) if isinstance(field, Scalar) else ""


def getter(path: Path) -> Getter:
    """The value at `path` for a target; None where any step is absent or null."""
    climb, keys = path.climb, path.keys
    if any("{" in key for key in keys):
        return lambda target: _walk(climb, tuple(fill_in(key, target) for key in keys), target)
    return partial(_walk, climb, keys)


def _walk(climb: str | None, keys: tuple[str, ...], target: Target) -> Field:
    current: Field = target if climb is None else target.owner(climb)
    for key in keys:
        if type(current) is Mapping:
            entry = current.entries.get(key)
            if entry is None:
                return None
            current = entry.value
        elif current is None or isinstance(current, _NODES):
            return None
        else:
            current = current.field(key)
    return None if type(current) is Scalar and current.value is None else current


def compile_conditions(conditions: Map[str, Any], *, options: Map[str, Any]) -> Compiled:
    """Compile a mapping of paths to words; all must hold.

    `options` replaces words' values written `$name`. Raises RuleError.
    """
    answers: list[Condition] = []
    clauses: list[Clause] = []
    for key, words in conditions.items():
        if key == "any_of":
            branches = [compile_conditions(branch, options=options) for branch in words]
            answers.append(_any_of([branch.answer for branch in branches]))
            clauses += [clause for branch in branches for clause in branch.clauses]
        elif key == "not":
            inner = compile_conditions(words, options=options)
            answers.append(_negate(inner.answer))
            clauses += inner.clauses
        else:
            clause = _compile_clause(key, words, options)
            answers.append(clause.condition)
            clauses.append(clause)
    return Compiled(_all_of(answers), tuple(clauses))


def _all_of(answers: Seq[Condition]) -> Condition:
    if len(answers) == 1:
        return answers[0]

    def answer(target: Target) -> Truth:
        result: Truth = True
        for condition in answers:
            truth = condition(target)
            if truth is False:
                return False
            if truth is not True and result is not CANNOT_KNOW:
                result = truth
        return result

    return answer


def _any_of(answers: Seq[Condition]) -> Condition:
    def answer(target: Target) -> Truth:
        result: Truth = False
        for condition in answers:
            truth = condition(target)
            if truth is True:
                return True
            if truth is not False and result is not CANNOT_KNOW:
                result = truth
        return result

    return answer


def _negate(condition: Condition) -> Condition:
    def answer(target: Target) -> Truth:
        truth = condition(target)
        return not truth if isinstance(truth, bool) else truth

    return answer


def _compile_clause(text: str, words: Any, options: Map[str, Any]) -> Clause:
    if not isinstance(words, dict) or not words:
        raise RuleError(f"`{text}` needs a mapping of words, such as {{is: true}}")
    path = parse_path(text)
    get = getter(path)
    optional = bool(words.get("optional", False))
    judge = _compile_words(text, {key: value for key, value in words.items() if key != "optional"}, options)
    about_presence = any(word in ("present", "absent") for word in words)

    def condition(target: Target) -> Truth:
        field = get(target)
        if field is None and not about_presence:
            return True if optional else ABSENT
        return judge.truth(_keys_of(field) if path.wants_keys else field)

    offending, deciding = judge.offenders, judge.culprits

    def culprits(target: Target) -> list[Trail]:
        assert deciding is not None
        return deciding(get(target))

    def offenders(target: Target) -> list[int]:
        assert offending is not None
        field = get(target)
        return offending(_keys_of(field) if path.wants_keys else field)

    return Clause(
        path,
        condition,
        None if offending is None else offenders,
        None if deciding is None else culprits,
    )


def _keys_of(field: Field) -> Field:
    """A mapping's keys as a list of scalars at the keys' places."""
    if not isinstance(field, Mapping):
        return field
    keys = Sequence(field.start, field.end)
    keys.items = [Scalar(name, entry.key_start, entry.key_end) for name, entry in field.entries.items()]
    return keys


class Judge(NamedTuple):
    truth: Callable[[Field], Truth]
    offenders: Callable[[Field], list[int]] | None
    culprits: Callable[[Field], list[Trail]] | None = None


def _compile_words(text: str, words: Map[str, Any], options: Map[str, Any]) -> Judge:
    judges = [_compile_word(text, word, value, options) for word, value in words.items()]
    offenders = next((judge.offenders for judge in judges if judge.offenders is not None), None)
    culprits = next((judge.culprits for judge in judges if judge.culprits is not None), None)
    if len(judges) == 1:
        return Judge(judges[0].truth, offenders, culprits)

    def truth(field: Field) -> Truth:
        result: Truth = True
        for judge in judges:
            answer = judge.truth(field)
            if answer is False:
                return False
            if answer is not True and result is not CANNOT_KNOW:
                result = answer
        return result

    return Judge(truth, offenders, culprits)


def _compile_word(text: str, word: str, value: Any, options: Map[str, Any]) -> Judge:
    if word == "not":
        inner = _compile_words(text, value, options)
        return Judge(lambda field: _flip(inner.truth(field)), inner.offenders)
    if word == "any_of":
        branches = [_compile_words(text, branch, options) for branch in value]
        return Judge(lambda field: _first_true(branches, field), None)
    try:
        made: Word = WORDS[word](resolve_option(value, options))
    except KeyError:
        known = ", ".join(sorted(WORDS))
        raise RuleError(f"`{text}`: there is no word `{word}`; the words are {known}") from None
    except UnknownWordError as error:
        raise RuleError(f"`{text}`: {word}: {error}") from None
    if word in ("present", "absent"):
        return Judge(made.holds, None)

    def truth(field: Field) -> Truth:
        if field is None:
            return ABSENT
        if type(field) is Scalar and field.value is UNKNOWN:
            return CANNOT_KNOW
        return made.holds(field)

    return Judge(truth, made.offenders, made.culprits)


def _flip(truth: Truth) -> Truth:
    return not truth if isinstance(truth, bool) else truth


def _first_true(branches: Seq[Judge], field: Field) -> Truth:
    result: Truth = False
    for branch in branches:
        truth = branch.truth(field)
        if truth is True:
            return True
        if truth is not False:
            result = truth
    return result


def resolve_option(value: Any, options: Map[str, Any]) -> Any:
    """`$name` (also inside a list) becomes the option's value. Raises RuleError if there is none."""
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in options:
            raise RuleError(f"there is no option `{value[1:]}`")
        return options[value[1:]]
    if isinstance(value, list):
        return [resolve_option(item, options) for item in value]
    return value


class Located(NamedTuple):
    """Where a clause's value is: its owner target, the absolute trail, and the node if present.

    `missing`: the node that the rule is about is not there; `trail` is where it would be.
    """

    owner: Target
    trail: Trail | None
    node: Node | None

    @property
    def missing(self) -> bool:
        return self.node is None


def locate(path: Path, target: Target) -> Located:
    """Walk `path` again, keeping the trail. The trail is None for values computed from a Dockerfile."""
    owner: Target = target if path.climb is None else (target.owner(path.climb) or target)
    current: Field = owner
    trail: Trail | None = None
    for raw in path.keys:
        key = fill_in(raw, target) if "{" in raw else raw
        if current is None or isinstance(current, _NODES):
            current = child(current, key)
            trail = None if trail is None else (*trail, key)
        else:
            trail = field_trail(current, key)
            current = current.field(key)
    if not path.keys:
        trail = owner.trail if owner.node is not None else None
        current = owner.node
    node = current if isinstance(current, _NODES) else None
    if type(node) is Scalar and node.value is None:
        node = None
    return Located(owner, trail, node)


_NODES = (Mapping, Scalar, Sequence)


def trail_of(path: Path, target: Target) -> Trail | None:
    """The absolute trail that a path means for a target; None if it has none in YAML."""
    return locate(path, target).trail


def field_trail(target: Target, name: str) -> Trail | None:
    """The absolute trail of a target's field, where it has one in a YAML document."""
    own = getattr(target, "field_trail", None)
    if own is not None:
        found: Trail | None = own(name)
        return found
    return None if target.node is None else (*target.trail, name)
