"""Lists that were meant as the JSON form of an instruction, and are read as shell or as words."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.rule import Context
from tollgate.model.target import Target

_TAKERS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "VOLUME"})
_QUOTED = (
    "(?:'[^']*'|\"[^\"]*\""
    "|[\u201c\u201d][^\u201c\u201d]*[\u201c\u201d]|[\u2018\u2019][^\u2018\u2019]*[\u2018\u2019])"
)
_BARE = r"[^\s,\[\]'\"\u2018-\u201d]+"
_ITEM = re.compile(rf"{_QUOTED}|{_BARE}")
_LIST = re.compile(rf"\[\s*(?:{_QUOTED}|{_BARE})(?:\s*,\s*(?:{_QUOTED}|{_BARE}))*\s*(?:,\s*)?\]")
_QUOTES = "'\"\u2018\u2019\u201c\u201d"


def broken(target: Target, _context: Context) -> Iterator[Problem]:
    """Quotes of the wrong kind, words without any, a comma too many, text behind the bracket."""
    assert isinstance(target, Instruction)
    if target.keyword not in _TAKERS or target.is_json:
        return
    words = target.words[1:] if target.keyword == "HEALTHCHECK" else target.words
    if not words or not str(words[0].value).startswith("["):
        return
    start, end = words[0].start, words[-1].end
    text = str(words[0].value) if len(words) == 1 else target.text
    found = _LIST.match(text)
    if found is None:
        return
    rest = text[found.end() :].strip()
    items = _items(found[0])
    if rest and (text[1:2] not in _QUOTES or not text[1:2]):
        return
    if not rest and _is_json(found[0]):
        return
    if not rest and len(items) == 1 and text[1:].lstrip()[:1] not in _QUOTES:
        return
    whole = not rest and target.source.text[start:end] == text
    yield Problem(start, end, fix=_as_json(start, found[0], items) if whole else None)


def _is_json(text: str) -> bool:
    """A list of something else than strings, which the reader reports."""
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _items(text: str) -> list[str]:
    return [one.strip(_QUOTES) for one in _ITEM.findall(text)]


def _as_json(start: int, text: str, items: list[str]) -> FixPlan | None:
    if "\n" in text or "\\" in text:
        return None
    import json

    listed = json.dumps(items, ensure_ascii=False)
    return FixPlan(False, edits=(Edit(start, start + len(text), listed),), title="write a JSON list")
