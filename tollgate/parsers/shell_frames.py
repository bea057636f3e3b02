"""What the shell reader is inside of, and the tokens it looks for there."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.parsers.shell_draft import Draft, RedirectDraft

BLANKS = re.compile(r"(?:[ \t]|\\\n|\r(?=\n|\Z))+")
COMMENT = re.compile(r"#[^\n]*")
COMMENT_IN_BACKTICKS = re.compile(r"#[^\n`]*")
OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|;|&(?!>)|\|&|\||\n")
REDIRECT = re.compile(r"(\d+|\{[A-Za-z_]\w*\})?(&>>|&>|<<<|<>|>>|>\||<&|>&|<(?!\()|>(?!\())")
SIMPLE_WORD = re.compile(
    r"[^ \t\n\r\\'\"$`()<>|&;]*(?:(?:'[^']*'|\"[^\"\\$`]*\")[^ \t\n\r\\'\"$`()<>|&;]*)*(?=[ \t\n;&|)]|\Z)"
)
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]\s]*\])?\+?=")
RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|while|until|do|done|for|select|case|esac|function|\{|\}|!|\[\[)"
    r"(?=[ \t\n\r;&|()<>`]|\\\n|\Z)"
)
TIMED_COMPOUND = re.compile(
    r"time[ \t]+(?:-p[ \t]+)?(?=\(|(?:\{|!|\[\[|if|while|until|for|select|case)[ \t\n])"
)
FUNCTION = re.compile(r"[^ \t\n\r\\'\"$`()<>|&;=]+[ \t]*\([ \t]*\)")
FUNCTION_NAME = re.compile(r"[ \t]+[^ \t\n\r\\'\"$`()<>|&;{]+[ \t]*(?:\([ \t]*\))?")
FOR_HEAD = re.compile(r"[ \t\n]*(?:[A-Za-z_][A-Za-z0-9_]*)?(?:[ \t\n]+in(?=[ \t\n;]|\Z))?")
CASE_IN = re.compile(r"[ \t\n]*in(?=[ \t\n]|\Z)")
CASE_BLANKS = re.compile(r"(?:[ \t\n\r]|\\\n|#[^\n]*|\|)+")
ARITHMETIC_FOR = re.compile(r"[ \t]*\(\(")
ARITHMETIC = re.compile(r"\$?\(\([^;`\n]{0,400}?\)\)")

WORD_STEP = {
    "word": re.compile(
        r"[^ \t\n\r\\'\"$`()<>|&;]+|\\.|\\|'[^']*'|\$'(?:[^'\\]|\\.)*'|\"|\$\(\(|\$[({]|\$|`"
        r"|[<>]\(|\(|\r(?!\n|\Z)",
        re.DOTALL,
    ),
    '"': re.compile(r"[^\"\\$`]+|\\.|\\|\"|\$\(\(|\$[({]|\$|`", re.DOTALL),
    "${": re.compile(r"[^}\\'\"$`]+|\\.|\\|'[^']*'|'|\"|\$\(\(|\$[({]|\$|`|\}", re.DOTALL),
    "(": re.compile(r"[^()\\'\"$`]+|\\.|\\|'[^']*'|'|\"|\$\(\(|\$[({]|\$|`|\(|\)", re.DOTALL),
}
WORD_STEP['"${'] = re.compile(r"[^}\\\"$`]+|\\.|\\|\"|\$\(\(|\$[({]|\$|`|\}", re.DOTALL)


BRACKETS = {"word": {"("}, '"': set[str](), "${": {"}"}, '"${': {"}"}, "(": {"(", ")"}}
"""The brackets that mean something there; elsewhere they are text."""

_NAME_START = re.compile(r"[A-Za-z_0-9@*#?$!\[-]")


def starts_name(text: str, at: int) -> bool:
    """Whether a `$` before `at` expands something; else it is only itself."""
    return _NAME_START.match(text, at) is not None


class Frame:
    """One open construct.

    kind      of lists: "script", ")", "$(", "`", "if", "while", "for", "case", "{", "function"; of words
              a key of WORD_STEP
    draft     a list's open simple command
    redirect  a list's redirect that still wants its target
    state     "pattern" or "body" of a case; "words" of a for's head; "test" inside `[[ … ]]`; of a word
              what it is: "word", "assignment", "redirect", "ignored"; "" of a part of a word
    dynamic   of a word: it holds an expansion; of a case: its word has been read
    depth     open parentheses of a "("; of a "word" 1 at first, 0 if it is one string so far, else 2
    """

    __slots__ = ("depth", "draft", "dynamic", "kind", "redirect", "start", "state")

    def __init__(self, kind: str, start: int, state: str = "") -> None:
        self.kind = kind
        self.start = start
        self.state = state
        self.draft: Draft | None = None
        self.redirect: RedirectDraft | None = None
        self.dynamic = False
        self.depth = 1

    @property
    def is_list(self) -> bool:
        return self.kind not in WORD_STEP
