"""Proofs that an edited file says what its fixes declare and nothing else.

Each proof gives None, or why the edited text is not accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence as Seq

from tollgate.engine.yaml_edit_changes import ChangeError, apply_changes, same_plain
from tollgate.engine.yaml_edit_join import moved_offset
from tollgate.model.documents import Document, YamlText
from tollgate.model.finding import Change, Edit, Finding
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.node import to_plain

if TYPE_CHECKING:
    from tollgate.model.dockerfile import Dockerfile, Instruction


def yaml_flaw(old: YamlText, new: YamlText, changes: Seq[Change]) -> str | None:
    """Every document must be the old one with its changes applied; the others stay identical."""
    if len(old.documents) != len(new.documents):
        return "the file would hold another number of documents"
    for before, after in zip(old.documents, new.documents, strict=True):
        mine = [change for change in changes if change.document == before.index]
        if not mine and _text_of(old, before) == _text_of(new, after):
            continue
        if before.state != after.state:
            return "a document could no longer be read as before"
        try:
            wanted = apply_changes(to_plain(before.root), mine)
        except ChangeError as error:
            return str(error)
        if not same_plain(to_plain(after.root), wanted):
            return "the edited text would not mean what the fix declares"
    return None


def _text_of(yaml: YamlText, document: Document) -> str:
    return yaml.source.text[document.start : document.end]


def dockerfile_flaw(old: Dockerfile, new: Dockerfile, edits: Seq[Edit]) -> str | None:
    """Instructions that no edit touches stay equal and in their order; new ones stand where an edit
    put them; no new problem appears."""
    if old.escape != new.escape:
        return "the escape character would change"
    known = Counter(problem.code for problem in old.problems)
    if Counter(problem.code for problem in new.problems) - known:
        return "the edited text could not be read"
    found = {instruction.span.start: instruction for instruction in new.instructions}
    for instruction in old.instructions:
        if _is_touched(instruction, edits):
            continue
        same = found.pop(moved_offset(instruction.span.start, edits, after=True), None)
        if same is None or _signature(same) != _signature(instruction):
            return "an instruction that the fix does not name would change"
    written = _written_spans(edits)
    for instruction in found.values():
        start, end = instruction.span
        if not any(start <= last and first <= end for first, last in written):
            return "an instruction that the fix does not name would appear"
    return None


def _is_touched(instruction: Instruction, edits: Seq[Edit]) -> bool:
    start, end = instruction.span
    for edit in edits:
        if edit.start < end and start < edit.end:
            return True
        if edit.start == edit.end == start and not edit.text.endswith("\n"):
            return True
        if edit.start == edit.end == end and not edit.text.startswith("\n"):
            return True
    return False


def _written_spans(edits: Seq[Edit]) -> list[tuple[int, int]]:
    """Where the new text of each edit stands after all of them."""
    spans = []
    shift = 0
    for start, end, text in edits:
        spans.append((start + shift, start + shift + len(text)))
        shift += len(text) - (end - start)
    return spans


def _signature(instruction: Instruction) -> tuple[object, ...]:
    start, end = instruction.span
    flags = tuple((flag.name, None if flag.value is None else flag.value.value) for flag in instruction.flags)
    words = tuple(str(word.value) for word in instruction.words)
    here = tuple((document.name, document.end - document.start) for document in instruction.heredocs)
    text = instruction.source.text[start:end]
    return instruction.keyword, text, flags, words, instruction.is_json, here


def findings_flaw(old: Seq[Finding], new: Seq[Finding], fixed: Seq[Finding]) -> str | None:
    """The fixed findings must be gone and no rule may find more than before.

    Rules are counted, not fingerprints: those of other findings may shift with a fix, as they hold
    ordinals among equals and an instruction's words.
    """
    gone = Counter(finding.rule for finding in fixed)
    for counted in (_all, _active):
        before, after = counted(old), counted(new)
        for rule in sorted(after):
            if after[rule] > before[rule]:
                return f"a new finding of `{rule}` would appear"
            if after[rule] > before[rule] - gone[rule]:
                return f"the finding of `{rule}` would stay"
    return None


def _all(findings: Seq[Finding]) -> Counter[str]:
    return Counter(finding.rule for finding in findings)


def _active(findings: Seq[Finding]) -> Counter[str]:
    return Counter(finding.rule for finding in findings if finding.suppressed is None)
