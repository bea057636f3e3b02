"""How a Dockerfile is written: the case of its words, old forms, blank lines where they do not belong."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Dockerfile, Instruction
from tollgate.model.dockerfile_parts import KEYWORD_NAMES
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.target import Target

_BLANK_LINES = re.compile(r"(?<=\n)(?:[^\S\n]*\n)+")


def keyword_case(target: Target, _context: Context) -> Iterator[Problem]:
    """Keywords that are not in the case of most others; upper case where there is no majority."""
    assert isinstance(target, Dockerfile)
    text = target.source.text
    written = [
        (item, text[slice(*item.keyword_span)])
        for item in target.instructions
        if item.stage is not None and item.keyword in KEYWORD_NAMES
    ]
    lower = sum(word.islower() for _, word in written) > sum(word.isupper() for _, word in written)
    for item, word in written:
        wanted = word.lower() if lower else word.upper()
        if word != wanted:
            edits = (Edit(*item.keyword_span, wanted), *_as_alike(item, lower=lower))
            fix = FixPlan(True, edits=edits, title=f"write `{wanted}`")
            fields = {"written": word, "case": "lower" if lower else "upper"}
            yield Problem(*item.keyword_span, fields=fields, key=word, fix=fix)


def _as_alike(item: Instruction, *, lower: bool) -> Iterator[Edit]:
    """The AS of a FROM goes along with it."""
    word = item.words[1] if item.keyword == "FROM" and len(item.words) == 3 else None
    wanted = "as" if lower else "AS"
    if word is not None and word.value != wanted and str(word.value).lower() == "as":
        yield Edit(word.start, word.end, wanted)


def as_case(target: Target, _context: Context) -> Iterator[Problem]:
    """An AS in another case than its FROM. A FROM of mixed case is the other rule's."""
    assert isinstance(target, Instruction)
    keyword = target.source.text[slice(*target.keyword_span)]
    if len(target.words) < 3 or not (keyword.islower() or keyword.isupper()):
        return
    word = target.words[1]
    written = str(word.value)
    wanted = "as" if keyword.islower() else "AS"
    if written != wanted and written.lower() == "as":
        fix = FixPlan(True, edits=(Edit(word.start, word.end, wanted),), title=f"write `{wanted}`")
        yield Problem(word.start, word.end, fields={"written": written, "wanted": wanted}, fix=fix)


def blank_lines(target: Target, _context: Context) -> Iterator[Problem]:
    """Blank lines between the lines of one instruction."""
    assert isinstance(target, Instruction)
    if target.outer is not None:
        return
    text = target.source.text
    for number, found in enumerate(_BLANK_LINES.finditer(text, target.span.start, target.head_end)):
        fix = FixPlan(True, edits=(Edit(*found.span(), ""),), title="delete the blank lines")
        yield Problem(*found.span(), key=str(number), fix=fix)


def legacy_pair(target: Target, _context: Context) -> Iterator[Problem]:
    """`ENV key value` and `LABEL key value`."""
    assert isinstance(target, Instruction)
    if len(target.pairs) != 1:
        return
    key, value = target.pairs[0]
    if value is not None and target.source.text[key.end : key.end + 1] != "=":
        yield Problem(key.start, key.end, fields={"key": key}, fix=_with_sign(target))


def _with_sign(item: Instruction) -> FixPlan | None:
    """The pair with `=`, the value quoted if it has blanks; None where quotes would change it."""
    key, value = item.pairs[0]
    assert value is not None
    text = str(value.value)
    gap = item.source.text[key.end : value.start]
    escape = item.dockerfile.escape
    if "\n" in gap or "#" in text or text.endswith(escape) or re.search(r"['\"$\\`]", str(key.value)):
        return None
    quote = ""
    if re.search(r"\s", text) and not _is_quoted(text, escape):
        if any(char in text for char in ("'", '"', escape)):
            return None
        quote = '"'
    edits = (Edit(key.end, value.start, f"={quote}"), Edit(value.end, value.end, quote))
    return FixPlan(True, edits=edits if quote else edits[:1], title="write `=`")


def _is_quoted(text: str, escape: str) -> bool:
    inner = text[1:-1]
    return (
        len(text) > 1
        and text[0] == text[-1]
        and text[0] in "'\""
        and text[0] not in inner
        and escape not in inner
    )
