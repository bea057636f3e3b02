"""Secrets in a Dockerfile: ENV, ARG and LABEL pairs, commands, here-documents, and any token at all."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.secret_hits import SecretHit, without_overlaps
from tollgate.checks.secret_shapes import secrets_in_text
from tollgate.checks.secrets import judge_assignment
from tollgate.checks.secrets_shell import secrets_by_name, secrets_in_shell
from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.node import Scalar
from tollgate.model.source import Span

_PAIRS = {"ENV": "env", "ARG": "arg", "LABEL": "label"}
_COMMANDS = {"RUN": "run", "CMD": "args", "ENTRYPOINT": "args", "HEALTHCHECK": "run"}


def dockerfile_secrets(dockerfile: Dockerfile) -> list[SecretHit]:
    """Every secret of the file in order of place, none overlapping."""
    text = dockerfile.source.text
    known = [hit for item in dockerfile.instructions for hit in _in_instruction(text, item)]
    tokens = [
        SecretHit(hit.start, hit.end, hit.kind, "", _where(dockerfile, hit.start), hit.reported)
        for hit in secrets_in_text(text)
    ]
    hidden = secrets_by_name(text, 0, len(text), "text", reported=False)
    for comment in _comments(dockerfile):
        hidden.extend(secrets_by_name(text, *comment, "text", lines=True, reported=False))
    return without_overlaps(known, tokens, hidden)


def _comments(dockerfile: Dockerfile) -> Iterator[Span]:
    yield from dockerfile.file_comments
    for item in dockerfile.instructions:
        yield from item.comments


def _in_instruction(text: str, instruction: Instruction) -> Iterator[SecretHit]:
    inner = instruction
    while inner.onbuild is not None:
        inner = inner.onbuild
    if inner.keyword in _PAIRS:
        for pair in inner.pairs:
            if pair.value is not None:
                yield from _in_value(text, str(pair.key.value), pair.value, _PAIRS[inner.keyword])
        return
    if inner.keyword in _COMMANDS:
        yield from secrets_in_shell(text, inner.span.start, inner.head_end, _COMMANDS[inner.keyword])
    for document in inner.heredocs:
        yield from secrets_in_shell(text, document.start, document.end, "heredoc")


def _in_value(text: str, name: str, value: Scalar, where: str) -> Iterator[SecretHit]:
    """The value is judged as it is written; a continuation in it makes the whole of it the secret."""
    written = text[value.start : value.end]
    judged = written if "\n" not in written else str(value.value)
    for verdict in judge_assignment(name, judged):
        start, end = verdict.start, verdict.end
        if judged is not written:
            start, end = 0, len(written)
        yield SecretHit(value.start + start, value.start + end, verdict.kind, name, where, verdict.reported)


def _where(dockerfile: Dockerfile, offset: int) -> str:
    item = dockerfile.instruction_at(offset)
    if item is None:
        return "text"
    if any(document.start <= offset < document.end for document in item.heredocs):
        return "heredoc"
    keyword = item.keyword if item.onbuild is None else item.onbuild.keyword
    return _PAIRS.get(keyword) or _COMMANDS.get(keyword) or "text"
