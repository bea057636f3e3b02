"""Variables of a Dockerfile that nothing sets, or that have another value than it looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence as Seq

from tollgate.checks.base_variables import names_of_base
from tollgate.checks.near import MAX_NAMES, nearest
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction, Stage
from tollgate.model.dockerfile_expand import Lookup, Variable, expand, expand_text
from tollgate.model.dockerfile_scope import EXPANDED_FLAGS, EXPANDED_WORDS
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.rule import Context
from tollgate.model.source import Span
from tollgate.model.target import Target

_ALWAYS_SET = frozenset({"PATH", "BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_HAS_VALUE = frozenset({"set", "default-unset"})
_ENV = frozenset({"ENV"})
_PLAIN_USE = re.compile(r"\$(?:([0-9]+|[^\W\d]\w*|[@*#?$!-])|\{([0-9]+|[^\W\d]\w*)(?:[}#%/?]|:\?))")
_FROM_VARIABLE = re.compile(r"(?:^|,)from=[^,]*\$", re.IGNORECASE)
"""Refused as such: nothing is filled in there."""
_FAR = 20_000
"""So many characters of a stage are looked through for an earlier use."""


class Use(NamedTuple):
    """A variable that is read where it may be absent: `${A:-x}` and the like are none."""

    name: str
    variable: Variable
    place: Span


def _uses(item: Instruction) -> Iterator[Use]:
    """The variables that BuildKit puts into the instruction, each at its first place in a word."""
    text = item.source.text
    lookup = item.dockerfile.scopes.lookup_at(item)
    escape = item.dockerfile.escape
    for word in _expanded_words(item):
        if "$" in str(word.value):
            used = expand(str(word.value), lookup, escape).used
            yield from _placed(used, text, word.start, word.end)
    if item.keyword in ("ADD", "COPY"):
        for here in item.heredocs:
            body = text[here.start : here.end]
            if here.expand and "$" in body:
                yield from _placed(expand_text(body, lookup).used, text, here.start, here.end)


def _expanded_words(item: Instruction) -> Iterator[Scalar]:
    literal = {here.word.start for here in item.heredocs}
    if item.keyword in EXPANDED_WORDS:
        yield from (word for word in item.words if word.start not in literal)
    for flag in item.flags:
        value = flag.value if flag.name in EXPANDED_FLAGS.get(item.keyword, ()) else None
        if value is not None and not (flag.name == "mount" and _FROM_VARIABLE.search(str(value.value))):
            yield value
    for key, value in item.pairs:
        if item.keyword != "ARG":
            yield key
        if value is not None:
            yield value


def _placed(used: dict[str, Variable], text: str, start: int, end: int) -> Iterator[Use]:
    wanted = {
        name: variable
        for name, variable in used.items()
        if variable.state in ("unset", "unknown") and name not in _ALWAYS_SET
    }
    places = _plain_uses(text, start, end) if wanted else {}
    for name, variable in wanted.items():
        if name in places:
            yield Use(name, variable, places[name])


def _plain_uses(text: str, start: int, end: int) -> dict[str, Span]:
    """Where each variable stands first with nothing that stands in for an absent value."""
    places: dict[str, Span] = {}
    for found in _PLAIN_USE.finditer(text, start, end):
        if found.start() == start or text[found.start() - 1] not in "\\`":
            places.setdefault(found[1] or found[2], Span(*found.span()))
    return places


def undefined(target: Target, _context: Context) -> Iterator[Problem]:
    """Variables that nothing declares: all of them where the base's environment is known; else those that
    only exist above FROM, or look like a misspelt name of one that is declared."""
    assert isinstance(target, Instruction)
    stage = target.stage
    if stage is None or target.outer is not None or target.keyword == "FROM":
        return
    if "$" not in target.source.text[target.span.start : target.span.end]:
        return
    own = {str(key.value) for key, _ in target.pairs}
    base: re.Pattern[str] | None = None
    has_asked = False
    for use in _uses(target):
        if use.name in own and (target.keyword == "ARG" or len(target.pairs) > 1):
            continue
        if not has_asked:
            base, has_asked = names_of_base(stage), True
        known = use.variable.state == "unset" or (base is not None and not base.match(use.name))
        yield from _judge(target, stage, use, known=known)


def _judge(item: Instruction, stage: Stage, use: Use, *, known: bool) -> Iterator[Problem]:
    scopes = item.dockerfile.scopes
    hint = ""
    fix = None
    if use.name in scopes.globals:
        hint = f": declare it in this stage with `ARG {use.name}`"
        fix = _declared_above(item, stage, use)
    else:
        names = scopes.declared(stage, limit=MAX_NAMES)
        near = nearest(use.name, {"PATH", *names, *scopes.globals} - {use.name})
        here = near is not None and (near == "PATH" or scopes.lookup_at(item)(near).state in _HAS_VALUE)
        if near is not None and (here or near in scopes.globals):
            hint = f"; did you mean `{near}`?"
            at = use.place.start + item.source.text[slice(*use.place)].index(use.name)
            edits = (Edit(at, at + len(use.name), near),)
            fix = FixPlan(False, edits=edits, title=f"write `{near}`") if here else None
        elif not known:
            return
    yield Problem(*use.place, fields={"variable": use.name, "hint": hint}, key=use.name, fix=fix)


def _declared_above(item: Instruction, stage: Stage, use: Use) -> FixPlan | None:
    """An ARG before the first instruction of the stage that uses the variable."""
    above = stage.opening.span.end
    if item.span.start - above > _FAR or use.name in _plain_uses(item.source.text, above, item.span.start):
        return None
    start = item.span.start
    keyword = item.source.text[slice(*item.keyword_span)]
    arg = "arg" if keyword.islower() else "ARG"
    edit = Edit(start, start, f"{arg} {use.name}\n")
    return FixPlan(False, edits=(edit,), title=f"declare `{use.name}` in this stage")


def refers_to_itself(target: Target, _context: Context) -> Iterator[Problem]:
    """A pair of ENV that reads what another pair of the same ENV sets: it gets the value from before."""
    assert isinstance(target, Instruction)
    pairs = target.pairs
    if target.keyword not in _ENV or len(pairs) < 2:
        return
    names = [str(key.value).strip("\"'") for key, _ in pairs]
    first = {name: number for number, name in reversed(list(enumerate(names)))}
    lookup = target.dockerfile.scopes.lookup_at(target)
    for number, (key, (_, value)) in enumerate(zip(names, pairs, strict=True)):
        read = _read_in(target, value, lookup)
        places = _plain_uses(target.source.text, value.start, value.end) if read and value is not None else {}
        for name, variable in read:
            setter = first.get(name)
            if setter is None or setter == number or name not in places:
                continue
            if name == key:
                is_lost = setter < number  # `A=1:$A A=2:$A` forgets the first
            else:
                is_lost = variable.state in ("unset", "unknown") and name not in _ALWAYS_SET
            if is_lost:
                fix = _split_before(target, number) if setter < number else None
                yield Problem(*places[name], fields={"variable": name}, key=f"{key}\0{name}", fix=fix)


def _read_in(item: Instruction, value: Scalar | None, lookup: Lookup) -> Seq[tuple[str, Variable]]:
    if value is None or "$" not in str(value.value):
        return ()
    return list(expand(str(value.value), lookup, item.dockerfile.escape).used.items())


def _split_before(item: Instruction, number: int) -> FixPlan | None:
    """Make an ENV of its own of the pairs from `number` on."""
    before = item.pairs[number - 1].value
    if before is None or item.outer is not None:
        return None
    start, end = before.end, item.pairs[number].key.start
    text = item.source.text
    if "#" in text[start:end]:
        return None
    keyword = text[slice(*item.keyword_span)]
    return FixPlan(False, edits=(Edit(start, end, f"\n{keyword} "),), title="begin another ENV here")
