"""Reads POSIX shell text, and what bash, ksh and zsh add to it, into the commands of a Script.

One pass, a stack of open constructs, no recursion: time is linear in the text, whatever it holds.
(The tree-sitter grammar for bash is not used here: recovering from errors takes it quadratic time and
worse, 3 s for 15 kB of `A=(`, and it nests redirects and `!` against POSIX. The tests hold this reader
against bash.)
"""

from __future__ import annotations

from tollgate.model.shell import Script
from tollgate.model.source import Span
from tollgate.parsers.shell_draft import Draft, RedirectDraft, finish_command, finish_redirect, set_options
from tollgate.parsers.shell_frames import (
    ARITHMETIC,
    ARITHMETIC_FOR,
    ASSIGNMENT,
    BLANKS,
    BRACKETS,
    CASE_BLANKS,
    CASE_IN,
    COMMENT,
    COMMENT_IN_BACKTICKS,
    FOR_HEAD,
    FUNCTION,
    FUNCTION_NAME,
    OPERATOR,
    REDIRECT,
    RESERVED,
    SIMPLE_WORD,
    TIMED_COMPOUND,
    WORD_STEP,
    Frame,
    starts_name,
)
from tollgate.parsers.shell_heredocs import hide_heredocs
from tollgate.parsers.shell_lists import Assembly, Options

MAX_DEPTH = 100
"""Open constructs; what is nested deeper is not read and is an error."""

_CLOSERS = {"fi": "if", "done": "loop", "esac": "case", "}": "{"}
_CONDITIONS = {"elif": True, "then": False, "else": False, "do": False}


def fill(script: Script, options: Options) -> None:
    """Reads `script.text` into its commands, pipelines and errors."""
    _Reader(script, options).read()


class _Reader:
    __slots__ = (
        "assembly",
        "at",
        "documents",
        "drafts",
        "errors",
        "only_set",
        "script",
        "stack",
        "text",
        "words",
    )

    def __init__(self, script: Script, options: Options) -> None:
        self.script = script
        self.text, self.documents = hide_heredocs(script.text)
        self.at = 0
        self.assembly = Assembly(script, options)
        self.stack = [Frame("script", 0)]
        self.words: list[Frame] = []
        self.drafts: list[Draft] = []
        self.errors: list[Span] = []
        self.only_set = True

    def read(self) -> None:
        end = len(self.text)
        while self.at < end and len(self.stack) <= MAX_DEPTH:
            top = self.stack[-1]
            if top.is_list:
                self._list_step(top)
            else:
                self._word_step(top)
        if self.at < end:
            self._error(self.at, end)
        while len(self.stack) > 1:
            self._unclosed()
        self._end_command(self.stack[0])
        self.assembly.finish()
        for draft in self.drafts:
            finish_command(draft, self.script)
        self.script.errors = tuple(self.errors)

    # Lists

    def _list_step(self, top: Frame) -> None:
        text = self.text
        blanks = BLANKS.match(text, self.at)
        if blanks is not None:
            self.at = blanks.end()
        if self.at >= len(text):
            return
        if top.kind == "case" and top.state != "body":
            self._case_step(top)
            return
        char = text[self.at]
        if char == "#" and top.state != "test":
            in_backticks = any(frame.kind == "`" for frame in self.stack)
            comment = (COMMENT_IN_BACKTICKS if in_backticks else COMMENT).match(text, self.at)
            self.at = self.at if comment is None else comment.end()
        elif (char in "\n;&|" and self._operator(top)) or (char in "<>&{0123456789" and self._redirect(top)):
            return
        elif char == "(":
            self._parenthesis(top)
        elif char == ")" and top.state != "test":
            self._close("$(", ")")
        elif char == "`" and any(frame.kind == "`" for frame in self._open_lists()):
            self._close("`")
        elif top.draft is None and top.redirect is None and top.state != "words" and self._reserved(top):
            return
        else:
            self._word(top)

    def _operator(self, top: Frame) -> bool:
        found = OPERATOR.match(self.text, self.at)
        if found is None:
            return False
        operator = found[0]
        if top.state == "test" and operator in {"&&", "||", "\n", "|"}:
            if operator != "\n":
                self._add(top, "word", self.at, found.end())
            self.at = found.end()
            return True
        if top.state == "test":
            top.state = ""
        self._end_command(top)
        if top.kind == "for" and top.state == "words":
            top.state = ""
        elif top.kind == "case" and operator.startswith(";") and operator != ";":
            self.assembly.section()
            top.state = "pattern"
        elif top.kind == "function" and operator != "\n":
            self._end_compound(top, self.at)
            self.assembly.operator(operator)
        else:
            self.assembly.operator(operator)
        self.at = found.end()
        return True

    def _redirect(self, top: Frame) -> bool:
        found = REDIRECT.match(self.text, self.at)
        if found is None:
            return False
        if top.state == "test":
            self._add(top, "word", self.at, found.end())
            self.at = found.end()
            return True
        self._end_redirect(top)
        redirect = RedirectDraft(self._owner_of_redirect(top))
        redirect.start = self.at
        if found[1] is not None:
            redirect.descriptor = found.span(1)
        redirect.operator = found.span(2)
        redirect.end = self.at = found.end()
        top.redirect = redirect
        document = self.documents.get(found.start(2))
        if document is not None:
            redirect.end = self.at = document.word_end
            self._end_redirect(top)
        return True

    def _owner_of_redirect(self, top: Frame) -> Draft | None:
        """The open command or a new one; None if a compound command has just ended."""
        if top.draft is None and self.assembly.lists[-1].complete:
            return None
        return top.draft or self._begin_command(top)

    def _parenthesis(self, top: Frame) -> None:
        start = self.at
        if top.state == "test":
            self._add(top, "word", start, start + 1)
            self.at += 1
        elif top.draft is not None:
            self._error(start, start + 1)
            self._end_command(top)
            self.at += 1
        elif ARITHMETIC.match(self.text, start):
            self.assembly.begin_part(start)
            self.assembly.end_part(start + 2, None)
            self.at += 2
            self._push_word("(", "ignored", start).depth = 2
        else:
            self._open(")", start, subshell=True)
            self.at += 1

    def _word(self, top: Frame) -> None:
        """The start of a word: a simple one is taken whole, others step by step."""
        start = self.at
        state = "word"
        if top.redirect is not None:
            state = "redirect"
        elif top.state == "words":
            state = "ignored"
        elif top.draft is None or not top.draft.words:
            if self._function():
                return
            if top.draft is None:
                self._begin_command(top)
            if ASSIGNMENT.match(self.text, start):
                state = "assignment"
        simple = SIMPLE_WORD.match(self.text, start)
        if simple is not None and simple.end() > start:
            self.at = simple.end()
            self._add(top, state, start, self.at)
        else:
            self._push_word("word", state, start)

    def _add(self, top: Frame, state: str, start: int, end: int, *, quote: str | None = None) -> None:
        """A word of a list is complete. `quote`: it is dynamic, and how it is quoted."""
        if state == "redirect" and top.redirect is not None:
            top.redirect.target = (start, end, quote)
            top.redirect.end = end
            self._end_redirect(top)
        elif top.draft is None or state == "ignored":
            return
        elif state == "assignment":
            top.draft.assignments.append((start, end, quote))
            top.draft.end = end
        else:
            top.draft.words.append((start, end, quote))
            top.draft.end = end
            if top.state == "test" and end - start == 2 and self.text.startswith("]]", start):
                top.state = ""

    def _function(self) -> bool:
        found = FUNCTION.match(self.text, self.at)
        if found is None:
            return False
        self._open("function", self.at, function=True)
        self.at = found.end()
        return True

    # Commands

    def _begin_command(self, top: Frame) -> Draft:
        self.assembly.begin_part(self.at)
        draft = Draft(self.assembly.add_command(Span(self.at, self.at)), self.at)
        self.drafts.append(draft)
        top.draft = draft
        return draft

    def _end_command(self, top: Frame) -> None:
        self._end_redirect(top)
        draft, top.draft = top.draft, None
        if draft is None:
            return
        self.assembly.end_part(draft.end, draft.command)
        if draft.words:
            options = self.assembly.lists[-1].options
            self.only_set = set_options(draft, self.script, options) and self.only_set
            if self.only_set and len(self.stack) == 1:
                self.script.errexit = options.errexit

    def _end_redirect(self, top: Frame) -> None:
        pieces, top.redirect = top.redirect, None
        if pieces is None:
            return
        redirect = finish_redirect(pieces, self.script, self.documents)
        draft = pieces.draft
        if draft is not None and redirect is not None:
            draft.redirects.append(redirect)
            draft.end = max(draft.end, pieces.end)
        current = self.assembly.lists[-1]
        current.stop = max(current.stop, pieces.end)

    # Compound commands

    def _reserved(self, top: Frame) -> bool:
        """Acts on a reserved word where a command may start."""
        timed = TIMED_COMPOUND.match(self.text, self.at)
        if timed is not None:
            self.at = timed.end()
            return True
        found = RESERVED.match(self.text, self.at)
        if found is None:
            return False
        word, start = found[0], self.at
        if word == "[[":
            self._begin_command(top)
            top.state = "test"
            self._add(top, "word", start, found.end())
        elif word == "!":
            self.assembly.negate()
        elif word in _CONDITIONS:
            self.assembly.section(condition=_CONDITIONS[word])
        elif word in _CLOSERS:
            self.at = found.end()
            self._close(*(("while", "for") if word == "done" else (_CLOSERS[word],)), width=len(word))
            return True
        else:
            self._compound(word, start, found.end())
            return True
        self.at = found.end()
        return True

    def _compound(self, word: str, start: int, end: int) -> None:
        text = self.text
        self.at = end
        if word in {"if", "while", "until"}:
            self._open("if" if word == "if" else "while", start)
            self.assembly.section(condition=True)
        elif word == "{":
            self._open("{", start)
        elif word == "case":
            self._open("case", start)
        elif word == "function":
            name = FUNCTION_NAME.match(text, end)
            self._open("function", start, function=True)
            self.at = end if name is None else name.end()
        else:
            frame = self._open("for", start)
            if ARITHMETIC_FOR.match(text, end):
                self.at = text.index("((", end) + 2
                self._push_word("(", "ignored", start).depth = 2
                return
            head = FOR_HEAD.match(text, end)
            self.at = end if head is None else head.end()
            frame.state = "words" if head is not None and head[0].endswith("in") else ""

    def _case_step(self, top: Frame) -> None:
        """The word of a case, or the patterns before a body."""
        text = self.text
        if top.state == "":
            found = CASE_IN.match(text, self.at)
            if found is not None and top.dynamic:
                self.at, top.state = found.end(), "pattern"
            elif text[self.at] in " \t\n;&|()<>" and not top.dynamic:
                self._close("case")
            else:
                top.dynamic = not top.dynamic
                self._pattern(top)
            return
        blanks = CASE_BLANKS.match(text, self.at)
        if blanks is not None:
            self.at = blanks.end()
            return
        if RESERVED.match(text, self.at) and text.startswith("esac", self.at):
            self.at += len("esac")
            self._close("case", width=len("esac"))
        elif text[self.at] == ")":
            top.state = "body"
            self.assembly.section()
            self.at += 1
        elif text[self.at] in "(;&<>":
            self.at += 1
        else:
            self._pattern(top)

    def _pattern(self, top: Frame) -> None:
        if self.text[self.at] in " \t\n;&|()<>":
            self._error(self.at, self.at + 1)
            self.at += 1
            return
        simple = SIMPLE_WORD.match(self.text, self.at)
        if simple is not None and simple.end() > self.at:
            self.at = simple.end()
        else:
            self._push_word("word", "ignored", self.at)

    def _open(self, kind: str, start: int, *, subshell: bool = False, function: bool = False) -> Frame:
        self.assembly.begin_part(start)
        self.assembly.open_list(subshell=subshell, function=function)
        self.stack.append(Frame(kind, start))
        return self.stack[-1]

    def _open_lists(self) -> list[Frame]:
        """The open lists up to the word or script that they stand in, innermost first."""
        found: list[Frame] = []
        for frame in reversed(self.stack):
            if not frame.is_list:
                break
            found.append(frame)
        return found

    def _close(self, *kinds: str, width: int = 0) -> None:
        """Closes the innermost list of one of the kinds, and what is left open in it, as an error.

        `width`: the closing word has been read already; else its one character is read here.
        """
        start = self.at - width
        width = width or 1
        self.at = start + width
        if not any(frame.kind in kinds for frame in self._open_lists()):
            self._end_command(self.stack[-1])
            self._error(start, self.at)
            return
        while self.stack[-1].kind not in kinds:
            self._unclosed()
        top = self.stack[-1]
        self._end_command(top)
        if top.kind in {"$(", "`"}:
            self.stack.pop()
            self.assembly.close_list()
        else:
            self._end_compound(top, self.at)

    def _end_compound(self, top: Frame, end: int) -> None:
        """A compound command ends, and with it the function whose body it is."""
        while True:
            self._end_command(top)
            self.stack.pop()
            self.assembly.close_list()
            self.assembly.end_part(end, None)
            top = self.stack[-1]
            if top.kind != "function":
                return

    def _unclosed(self) -> None:
        """Gives up the innermost open construct: the text ends, or an outer one is closed."""
        top = self.stack[-1]
        if not top.is_list:
            if top.kind != "word":
                self._error(top.start, self.at)
            self._pop_word()
            return
        self._end_command(top)
        self._error(top.start, min(self.at, top.start + 1))
        if top.kind in {"$(", "`"}:
            self.stack.pop()
            self.assembly.close_list()
        else:
            self._end_compound(top, self.at)

    def _error(self, start: int, end: int) -> None:
        self.errors.append(self.script.map.span(start, end))

    # Words

    def _push_word(self, kind: str, state: str, start: int) -> Frame:
        frame = Frame(kind, start, state)
        self.stack.append(frame)
        if state:
            self.words.append(frame)
        return frame

    def _pop_word(self) -> None:
        """The innermost part of a word is complete; if it is the whole word, the list gets it."""
        frame = self.stack.pop()
        if not frame.state:
            return
        self.words.pop()
        top = self.stack[-1]
        if frame.state == "ignored" or not top.is_list:
            return
        quote = None
        if frame.dynamic:
            raw = self.text[frame.start : frame.start + 1]
            quote = '"' if frame.depth == 0 and raw == '"' else ""
        self._add(top, frame.state, frame.start, self.at, quote=quote)

    def _word_step(self, top: Frame) -> None:
        found = WORD_STEP[top.kind].match(self.text, self.at)
        if found is None:
            self._end_word(top)
            return
        symbol, start = found[0], self.at
        self.at = found.end()
        if symbol == '"':
            self._quote(top, start)
        elif symbol == "`":
            self._backtick(top, start)
        elif symbol in {"$(", "$((", "${"} or (symbol in {"<(", ">("} and top.kind == "word"):
            self._expansion(top, symbol, start)
        elif symbol == "$":
            self.words[-1].dynamic = self.words[-1].dynamic or starts_name(self.text, self.at)
        elif symbol in BRACKETS[top.kind]:
            self._bracket(top, symbol, start)
        elif top.kind == "word":
            top.depth = 2

    def _end_word(self, top: Frame) -> None:
        """No part of a word follows: it ends, or an open quote does not close."""
        if self.text[self.at] == "'":
            self._error(self.at, len(self.text))
            self.at = len(self.text)
        elif self.at == top.start:
            self._error(self.at, self.at + 1)
            self.at += 1
        self._pop_word()

    def _quote(self, top: Frame, start: int) -> None:
        if top.kind == '"':
            self.stack.pop()
            return
        if top.kind == "word":
            top.depth = 0 if start == top.start else 2
        self._push_word('"', "", start)

    def _backtick(self, top: Frame, start: int) -> None:
        """Opens a substitution, or closes the one that this word stands in."""
        open_one = next((frame for frame in reversed(self.stack) if frame.kind in {"`", "$("}), None)
        if open_one is None or open_one.kind != "`":
            self.words[-1].dynamic = True
            self._substitution("`", start)
            return
        self.at = start
        while not self.stack[-1].is_list:
            self._unclosed()
        self._close("`")

    def _expansion(self, top: Frame, symbol: str, start: int) -> None:
        self.words[-1].dynamic = True
        if top.kind == "word":
            top.depth = 2
        if symbol == "${":
            self._push_word('"${' if top.kind[0] == '"' else "${", "", start)
        elif symbol == "$((" and ARITHMETIC.match(self.text, start):
            self._push_word("(", "", start).depth = 2
        else:
            self.at = start + 2
            self._substitution("$(", start)

    def _substitution(self, kind: str, start: int) -> None:
        self.assembly.open_list(substitution=True)
        self.stack.append(Frame(kind, start))

    def _bracket(self, top: Frame, symbol: str, start: int) -> None:
        if top.kind == "word":
            self._group(top, start)
        elif symbol == "(":
            top.depth += 1
        else:
            top.depth -= 1
            if top.depth <= 0:
                self._pop_word()

    def _group(self, top: Frame, start: int) -> None:
        """`(` inside a word: a pattern as in `!(a|b)`, an array, or not of the word."""
        is_pattern = start > top.start and self.text[start - 1] in "@!?*+"
        is_array = top.state == "assignment" and self.text[start - 1] == "="
        is_regex = self.stack[-2].state == "test"
        if is_pattern or is_array or is_regex:
            top.dynamic = top.dynamic or is_array
            self._push_word("(", "", start)
            return
        self.at = start
        self._end_word(top)
