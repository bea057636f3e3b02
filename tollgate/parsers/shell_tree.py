"""Walks the tree that tree-sitter-bash makes of shell text and fills a Script."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeAlias

from tollgate.model.shell import Command, Script
from tollgate.model.source import Span
from tollgate.parsers.shell_draft import Draft, RedirectDraft, finish_command, finish_redirect, set_options
from tollgate.parsers.shell_heredocs import HiddenDocument, hide_heredocs
from tollgate.parsers.shell_lists import Assembly, Options

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Mode: TypeAlias = Literal["list", "command", "test", "declaration", "redirect", "word", "error"]
"""What a node's children are: statements and operators, words, parts of a redirect …"""

_COMMANDS: dict[str, Mode] = {
    "command": "command",
    "declaration_command": "declaration",
    "unset_command": "declaration",
    "test_command": "test",
    "variable_assignment": "command",
    "variable_assignments": "command",
}
_REDIRECTS = frozenset({"file_redirect", "herestring_redirect"})
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_COMPOUND = frozenset(
    {
        "subshell",
        "compound_statement",
        "if_statement",
        "while_statement",
        "for_statement",
        "c_style_for_statement",
        "case_statement",
        "function_definition",
    }
)
_TRANSPARENT = frozenset(
    {
        "program",
        "list",
        "pipeline",
        "redirected_statement",
        "negated_command",
        "elif_clause",
        "else_clause",
        "do_group",
        "case_item",
        "heredoc_redirect",
    }
)
_OPERATORS = frozenset({"&&", "||", "|", "|&", ";", "&", ";;", ";&", ";;&"})
_SECTIONS: dict[str, bool] = {
    "if": True,
    "elif": True,
    "while": True,
    "until": True,
    "then": False,
    "do": False,
    "else": False,
    "fi": False,
    "done": False,
    "esac": False,
}
_SILENT = frozenset({"(", ")", "{", "}", "in", "case", "for", "select", "function", "comment"})


def fill(script: Script, options: Options, parser: Parser) -> None:
    """Reads `script.text` into its commands, pipelines and errors."""
    shown, documents = hide_heredocs(script.text)
    walk = _Walk(script, options, documents)
    data = shown.encode("utf-8")
    if not shown.isascii():
        walk.characters = _character_offsets(shown)
    tree = parser.parse(data)
    cursor = tree.walk()
    open_nodes: list[tuple[Mode, str, int]] = []
    mode: Mode = "list"
    while True:
        node = cursor.node
        assert node is not None  # a cursor is always on a node
        kind = node.type
        inner = walk.enter(node, kind, mode)
        if inner is not None:
            if cursor.goto_first_child():
                open_nodes.append((mode, kind, node.end_byte))
                mode = inner
                continue
            walk.leave(kind, node.end_byte, mode)
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                walk.finish()
                return
            mode, kind, end = open_nodes.pop()
            walk.leave(kind, end, mode)


def _character_offsets(text: str) -> list[int]:
    """For each offset of the UTF-8 bytes the offset of its character."""
    widths = [len(char.encode("utf-8")) for char in text]
    offsets = [0] * (sum(widths) + 1)
    for index, start in enumerate(accumulate(widths, initial=0)):
        offsets[start] = index
    return offsets


class _Walk:
    __slots__ = (
        "assembly",
        "characters",
        "documents",
        "drafts",
        "error_end",
        "errors",
        "has_substitution",
        "only_set",
        "open",
        "redirects",
        "script",
        "text",
    )

    def __init__(self, script: Script, options: Options, documents: dict[int, HiddenDocument]) -> None:
        self.script = script
        self.text = script.text
        self.assembly = Assembly(script, options)
        self.characters: list[int] | None = None
        self.documents = documents
        self.drafts: dict[Command, Draft] = {}
        self.open: list[Draft] = []
        self.redirects: list[RedirectDraft] = []
        self.errors: list[Span] = []
        self.error_end = -1
        self.only_set = True
        self.has_substitution = any(mark in script.text for mark in ("$(", "`", "<(", ">("))

    def enter(self, node: Node, kind: str, mode: Mode) -> Mode | None:
        """Takes note of a node; gives the mode of its children, None to pass them over."""
        start, end = node.start_byte, node.end_byte
        if self.characters is not None:
            start, end = self.characters[start], self.characters[end]
        if kind == "ERROR" or start == end:
            return self._error(node, start, end, mode)
        if kind in _SUBSTITUTIONS:
            self.assembly.open_list(substitution=True)
            if mode in {"command", "test", "declaration"}:
                self.open[-1].add_word(self.text, start, end)
            elif mode == "redirect":
                self.redirects[-1].add(kind, start, end, self.text)
            elif mode == "error":
                self._loose(start, end)
            return "list"
        if mode in {"list", "error"}:
            return self._statement(kind, start, end, mode, is_named=node.is_named)
        if mode == "word":
            return "word"
        if mode == "redirect":
            self.redirects[-1].add(kind, start, end, self.text)
            return self._inside(start, end)
        return self._command_part(kind, start, end, mode)

    def leave(self, kind: str, end: int, mode: Mode) -> None:
        """A node that was entered in `mode` ends; `end` is its byte offset."""
        end = end if self.characters is None else self.characters[end]
        if kind in _SUBSTITUTIONS:
            self.assembly.close_list()
        elif kind in _REDIRECTS:
            if mode != "word":
                self._close_redirect(mode)
        elif mode in {"list", "error"}:
            if kind in _COMPOUND:
                self.assembly.close_list()
                self.assembly.end_part(end, None)
            elif kind in _COMMANDS:
                self._close_command(self.open.pop())

    def finish(self) -> None:
        self.assembly.finish()
        for draft in self.drafts.values():
            finish_command(draft, self.script)
        self.script.errors = tuple(self.errors)

    # Statements

    def _statement(self, kind: str, start: int, end: int, mode: Mode, *, is_named: bool) -> Mode | None:
        assembly = self.assembly
        if kind in _COMMANDS:
            self.open.append(self._begin_command(start, end))
            if kind == "variable_assignment":
                self.open[-1].assignments.append((start, end))
                self.open[-1].end = end
                return "word"
            return _COMMANDS[kind]
        if kind in _OPERATORS:
            assembly.operator(kind, start, end)
            return None
        if kind in _TRANSPARENT:
            if kind == "case_item":
                assembly.section()
                assembly.lists[-1].in_pattern = True
            return "list"
        if kind in _COMPOUND:
            assembly.begin_part(start)
            assembly.open_list(subshell=kind == "subshell", function=kind == "function_definition")
            return "list"
        if kind in _REDIRECTS:
            self.redirects.append(RedirectDraft(self._owner_of_redirect(start, end)))
            return "redirect"
        if kind in _SECTIONS:
            assembly.section(condition=_SECTIONS[kind])
            return None
        return self._token(kind, start, end, mode, is_named=is_named)

    def _token(self, kind: str, start: int, end: int, mode: Mode, *, is_named: bool) -> Mode | None:
        current = self.assembly.lists[-1]
        if kind == "!" and not current.in_pattern:
            current.negate = True
        elif kind == ")":
            current.in_pattern = False
        elif mode == "error" and kind not in _SILENT:
            self._loose(start, end)
            return self._inside(start, end)
        return self._inside(start, end) if is_named else None

    def _begin_command(self, start: int, end: int) -> Draft:
        self.assembly.begin_part(start)
        command = self.assembly.add_command(Span(start, end))
        draft = self.drafts[command] = Draft(command, start)
        return draft

    def _close_command(self, draft: Draft) -> None:
        self.assembly.end_part(draft.end, draft.command)
        if not draft.words:
            return
        current = self.assembly.lists[-1]
        is_set = set_options(draft, self.script, current.options)
        self.only_set = self.only_set and is_set
        if self.only_set and len(self.assembly.lists) == 1:
            self.script.errexit = current.options.errexit

    def _loose(self, start: int, end: int) -> None:
        """A word that no command of the tree has: it belongs to the last one of its line, or is one."""
        current = self.assembly.lists[-1]
        draft = self.drafts.get(current.last) if current.complete and current.last is not None else None
        if draft is None or "\n" in self.text[draft.end : start]:
            draft = self._begin_command(start, end)
            draft.add_word(self.text, start, end)
            self.assembly.end_part(end, draft.command)
            return
        draft.add_word(self.text, start, end)
        current.stop = end

    def _error(self, node: Node, start: int, end: int, mode: Mode) -> Mode | None:
        """An error, a token that the parser supposes, or an empty node."""
        if node.type != "ERROR" and not node.is_missing:
            return None
        if start > self.error_end or self.error_end < 0:
            self.errors.append(self.script.map.span(start, end))
            self.error_end = end
        if start == end:
            return None
        if node.child_count:
            return "error" if mode == "list" else mode
        self._stray(start, end, mode)
        return None

    def _stray(self, start: int, end: int, mode: Mode) -> None:
        """Text in which the parser sees no token at all."""
        text = self.text[start:end]
        start, end = end - len(text.lstrip()), start + len(text.rstrip())
        if start >= end:
            return
        if mode in {"list", "error"}:
            self._loose(start, end)
        elif mode in {"command", "test", "declaration"}:
            self.open[-1].add_word(self.text, start, end)

    # Parts of a command

    def _command_part(self, kind: str, start: int, end: int, mode: Mode) -> Mode | None:
        draft = self.open[-1]
        if kind in _REDIRECTS:
            self.redirects.append(RedirectDraft(draft))
            return "redirect"
        if kind == "comment":
            return None
        if mode == "test" and kind.endswith("_expression"):
            return "test"
        if kind == "variable_assignment" and mode == "command" and not draft.words:
            draft.assignments.append((start, end))
            draft.end = end
        else:
            draft.add_word(self.text, start, end)
        return self._inside(start, end)

    def _inside(self, start: int, end: int) -> Mode | None:
        """The mode for the children of a word: they matter for the substitutions in them only."""
        if not self.has_substitution:
            return None
        text = self.text[start:end]
        return "word" if "(" in text or "`" in text else None

    # Redirects

    def _owner_of_redirect(self, start: int, end: int) -> Draft | None:
        """Whose the redirect between statements is; None for that of a compound command."""
        current = self.assembly.lists[-1]
        if current.complete:
            return None if current.last is None else self.drafts.get(current.last)
        draft = self._begin_command(start, end)
        draft.end = end
        self.assembly.end_part(end, draft.command)
        return draft

    def _close_redirect(self, mode: Mode) -> None:
        pieces = self.redirects.pop()
        redirect = finish_redirect(pieces, self.script, self.documents)
        draft = pieces.draft
        if draft is not None and redirect is not None:
            draft.redirects.append(redirect)
            draft.end = max(draft.end, pieces.end)
            draft.start = min(draft.start, pieces.start)
        if mode in {"list", "error"}:
            current = self.assembly.lists[-1]
            current.stop = max(current.stop, pieces.end)
