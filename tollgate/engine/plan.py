"""A rule's `fix` for one target: plans of tree changes or text edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping as Map, Sequence as Seq

from tollgate.model.finding import Change, Edit, FixPlan
from tollgate.model.hints import Any
from tollgate.model.record import NamedTuple
from tollgate.model.target import Target
from tollgate.vocabulary import (
    Compiled,
    Path,
    RuleError,
    compile_conditions,
    fill_in,
    locate,
    parse_path,
    resolve_option,
    trail_of,
)

Planner = Callable[[Target], FixPlan | None]

VERBS = frozenset({"set", "remove", "append", "move", "rename-key", "replace-text"})


def compile_fix(fix: Map[str, Any], *, options: Map[str, Any]) -> Planner:
    """`fix` as the rule file has it: `safe` (true, false or conditions), verbs, and `when`, conditions
    without which there is no fix. Raises RuleError."""
    verbs = {key: value for key, value in fix.items() if key not in ("safe", "title", "when")}
    unknown = set(verbs) - VERBS
    if unknown or not verbs:
        raise RuleError(f"a fix has the verbs {', '.join(sorted(VERBS))}, not {', '.join(sorted(unknown))}")
    safe = fix.get("safe", False)
    is_safe: Compiled | None = None
    if isinstance(safe, dict):
        is_safe = compile_conditions(safe, options=options)
    offered = compile_conditions(fix["when"], options=options) if "when" in fix else None
    verbs = {verb: _resolved(value, options) for verb, value in verbs.items()}
    steps, texts = _steps(verbs), verbs.get("replace-text", {})
    title = fix.get("title") or "; ".join(_described(verb, value) for verb, value in verbs.items())

    def plan(target: Target) -> FixPlan | None:
        if offered is not None and offered.answer(target) is not True:
            return None
        edits = tuple(_replacements(texts, target)) if texts else ()
        changes = _changes(steps, target)
        if changes is None or not (edits or changes):
            return None
        settled = bool(safe) if is_safe is None else is_safe.answer(target) is True
        return FixPlan(settled, changes, edits, fill_in(title, target))

    return plan


def _described(verb: str, value: Any) -> str:
    """What a fix does, for people."""
    pairs = _arguments(value)
    if verb == "remove":
        return f"remove {', '.join(f'`{path}`' for path, _ in pairs)}"
    if verb == "replace-text":
        return f"write {', '.join(f'`{text}`' for _, text in pairs)}"
    joint = {"set": "to", "append": "with", "move": "to", "rename-key": "to"}[verb]
    word = {"append": "extend", "rename-key": "rename"}.get(verb, verb)
    return f"{word} {', '.join(f'`{path}` {joint} `{_spelt(item)}`' for path, item in pairs)}"


def _spelt(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_spelt, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_spelt(item)}' for key, item in value.items())}}}"
    return str(value)


def _resolved(value: Any, options: Map[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: resolve_option(item, options) for key, item in value.items()}
    return value


def _replacements(texts: Map[str, str], target: Target) -> Iterator[Edit]:
    for path, text in texts.items():
        node = locate(parse_path(path), target).node
        if node is not None:
            yield Edit(node.start, node.end, fill_in(text, target))


class _Step(NamedTuple):
    """One change that a fix makes. `to`: where a move goes; `is_template`: the value is to be filled in."""

    verb: str
    path: Path
    value: object
    to: Path | None
    is_template: bool


def _steps(verbs: Map[str, Any]) -> tuple[_Step, ...]:
    return tuple(
        _Step(
            verb,
            parse_path(path),
            value,
            parse_path(value) if verb == "move" else None,
            isinstance(value, str) and verb != "move",
        )
        for verb in ("move", "rename-key", "remove", "set", "append")
        for path, value in _arguments(verbs.get(verb))
    )


def _changes(steps: Seq[_Step], target: Target) -> tuple[Change, ...] | None:
    """None if some path leads nowhere in a document. Where a field is no place of its own (a flag on a
    command line), the target knows what a change of it means."""
    changes: list[Change] = []
    changes_for = getattr(target, "changes_for", None)
    for verb, path, value, to, is_template in steps:
        if changes_for is not None:
            own = changes_for(verb, path.keys, value)
            if own is None:
                return None
            changes += own
            continue
        trail = trail_of(path, target)
        if trail is None:
            return None
        destination: object = fill_in(str(value), target) if is_template else value
        if to is not None:
            destination = trail_of(to, target)
            if destination is None:
                return None
        name: Any = "rename" if verb == "rename-key" else verb
        changes.append(Change(name, target.document, trail, destination))
    return tuple(changes)


def _arguments(written: Any) -> list[tuple[str, Any]]:
    if written is None:
        return []
    if isinstance(written, dict):
        return list(written.items())
    return [(path, None) for path in ([written] if isinstance(written, str) else written)]
