"""CMD, ENTRYPOINT and HEALTHCHECK: those that stand twice, and those that run in a shell."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.json_forms import broken
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Instruction, Stage
from tollgate.model.finding import Edit, FixPlan, Problem, RelatedSpan
from tollgate.model.rule import Context
from tollgate.model.target import Target

_SHELL_SIGNS = r"""[\\"'`$&|;<>()*?\[\]{}#~!=\n]"""
_CONTROL_SIGNS = r"[&|;<>()`#!{}\n]"
_BUILTINS = frozenset(
    """. : alias bg break case cd command continue eval exec exit export fg for function getopts hash if jobs
    local read readonly return set shift source time times trap type typeset ulimit umask unalias unset until
    wait while""".split()
)
_WITH_COMMAND = 2


def several_cmd(target: Target, _context: Context) -> Iterator[Problem]:
    """Every CMD of a stage but the last."""
    yield from _several(target, "CMD")


def several_entrypoint(target: Target, _context: Context) -> Iterator[Problem]:
    """Every ENTRYPOINT of a stage but the last."""
    yield from _several(target, "ENTRYPOINT")


def several_healthcheck(target: Target, _context: Context) -> Iterator[Problem]:
    """Every HEALTHCHECK of a stage but the last."""
    yield from _several(target, "HEALTHCHECK")


def _several(target: Target, keyword: str) -> Iterator[Problem]:
    assert isinstance(target, Stage)
    found = target.by_keyword(keyword)
    for number, item in enumerate(found[:-1]):
        grip = item.keyword_span
        related = (RelatedSpan("this is the one that counts", *found[-1].keyword_span),)
        key = str(number) if number else ""
        fields = {"stage": target.object_name or ""}
        yield Problem(grip.start, grip.end, fields=fields, key=key, related=related, fix=_deletion(item))


def _deletion(item: Instruction) -> FixPlan:
    """The instruction's lines go, as far as nothing else stands on them."""
    text = item.source.text
    start, end = item.span
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip():
        start = line
    following = text.find("\n", end)
    following = len(text) if following < 0 else following + 1
    if not text[end:following].strip():
        end = following
    return FixPlan(safe=False, edits=(Edit(start, end, ""),), title=f"delete this {item.keyword}")


def _command(target: Target) -> tuple[str, int, int] | None:
    """The text of a command in shell form with its place; None for the exec form, where there is none, and
    where a later one makes it do nothing."""
    if not isinstance(target, Instruction) or target.is_json or not target.words or target.heredocs:
        return None
    own = () if target.stage is None or target.outer is not None else target.stage.by_keyword(target.keyword)
    if own and own[-1] is not target:
        return None
    if target.keyword != "HEALTHCHECK":
        start, end = target.body[0].start, target.body[-1].end
        return target.text.strip(), start, end
    if str(target.words[0].value).upper() != "CMD" or len(target.words) < _WITH_COMMAND:
        return None
    word = target.words[1]
    return str(word.value), word.start, word.end


def shell_form(target: Target, context: Context) -> Iterator[Problem]:
    """A start command that `/bin/sh -c` runs, where nobody chose the shell."""
    found = _command(target)
    if found is None or not isinstance(target, Instruction) or target.shell():
        return
    text, start, end = found
    if not text or text.split()[0] == "exec" or any(broken(target, context)):
        return
    refused = _refused_at(target.dockerfile)
    at = bisect_left(refused, start)
    if at < len(refused) and refused[at] < end:
        return
    words = text.split()
    yield Problem(
        start, end, fields={"keyword": target.keyword, "program": words[0]}, fix=_exec_form(target, text)
    )


@lru_cache(maxsize=8)
def _refused_at(file: Dockerfile) -> tuple[int, ...]:
    """Where the builder refuses something."""
    return tuple(sorted(problem.start for problem in file.problems))


def _exec_form(item: Instruction, text: str) -> FixPlan | None:
    """The words as JSON, where no shell would make anything else of them."""
    words = text.split()
    if words[0] in _BUILTINS or item.comments or item.outer is not None:
        return None
    if re.search(_SHELL_SIGNS, text):
        return _replacing_shell(item, text, words[0])
    stage = item.stage
    follows = item.keyword == "ENTRYPOINT" and stage is not None and stage.field("cmd") is not None
    edit = Edit(item.body[0].start, item.body[-1].end, json.dumps(words, ensure_ascii=False))
    return FixPlan(safe=not follows, edits=(edit,), title="write it as a JSON array")


def _replacing_shell(item: Instruction, text: str, program: str) -> FixPlan | None:
    """`exec` in front of one command for which the shell only fills in variables."""
    plain = re.sub(r"\$\{\w+\}", "", text)
    if re.search(_CONTROL_SIGNS, plain) or not re.fullmatch(r"[\w./-]+", program, re.ASCII):
        return None
    start = item.body[0].start
    return FixPlan(safe=True, edits=(Edit(start, start, "exec "),), title="begin with `exec`")


def plain_healthcheck(target: Target, _context: Context) -> Iterator[Problem]:
    """A health check that needs no shell and starts one."""
    found = _command(target)
    if found is None or not isinstance(target, Instruction) or target.shell():
        return
    text, start, end = found
    words = text.split()
    if not words or re.search(_SHELL_SIGNS, text) or words[0] in _BUILTINS:
        return
    edit = Edit(start, end, json.dumps(words, ensure_ascii=False))
    fix = None if target.comments else FixPlan(safe=True, edits=(edit,), title="write it as a JSON array")
    yield Problem(start, end, fields={"program": words[0]}, fix=fix)
