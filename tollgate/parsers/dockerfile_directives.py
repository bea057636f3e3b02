"""Parser directives: `# syntax=`, `# escape=`, `# check=` before anything else.

Source of the rules: moby/buildkit v0.25.0, frontend/dockerfile/parser/directives.go.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Directive
from tollgate.model.finding import InputProblem
from tollgate.model.node import Scalar
from tollgate.parsers.dockerfile_lines import SPACE
from tollgate.parsers.dockerfile_problems import problem

DIRECTIVE = "parser-directive-invalid"
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_KNOWN = frozenset({"syntax", "escape", "check"})
_JSON_SYNTAX = r'\{[^{}]*"syntax"\s*:\s*"([^"\\]+)"'


def read_directives(text: str, problems: list[InputProblem]) -> tuple[tuple[Directive, ...], str]:
    """The directives that count, and the escape character.

    After a `#!` line BuildKit still finds `syntax` and `check`, but no `escape`. The frontend's image
    is also looked for in `// syntax=` and in JSON, so `syntax` is given for those, too.
    """
    shebang = text.startswith("#!")
    start = text.find("\n") + 1 if shebang else 0
    if shebang and not start:
        return (), "\\"
    found = _read(text, start, "#", problems)
    escape = "\\"
    for directive in found:
        if directive.name == "escape" and not shebang:
            if directive.value.value in ("\\", "`"):
                escape = str(directive.value.value)
            else:
                span = (directive.value.start, directive.value.end)
                problems.append(problem(*span, "the escape character must be `\\` or a backquote", DIRECTIVE))
        elif directive.name == "check" and (complaint := _check_complaint(str(directive.value.value))):
            problems.append(problem(directive.value.start, directive.value.end, complaint, DIRECTIVE))
    if all(directive.name != "syntax" for directive in found):
        found += [other for other in _read(text, start, "//", []) if other.name == "syntax"][:1]
        json_syntax = re.compile(_JSON_SYNTAX).match(text, start) if "{" in text[start : start + 1] else None
        if json_syntax is not None:
            value = Scalar(json_syntax[1], *json_syntax.span(1), '"')
            found.append(Directive("syntax", value, *json_syntax.span(1)))
    return tuple(found), escape


def _read(text: str, at: int, mark: str, problems: list[InputProblem]) -> list[Directive]:
    found: dict[str, Directive] = {}
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].rstrip("\r").lstrip(SPACE)
        start = stop - len(text[at:stop].lstrip(SPACE))
        if not line.startswith(mark):
            break
        inner = line[len(mark) :].lstrip(SPACE)
        match = _DIRECTIVE.match(inner)
        name = match[1].lower() if match is not None else ""
        if match is None or name not in _KNOWN:
            break
        shift = start + len(line) - len(inner)
        directive = Directive(
            name, Scalar(match[2], match.start(2) + shift, match.end(2) + shift), start, match.end(2) + shift
        )
        if name in found:
            problems.append(
                problem(start, directive.end, f"the directive `{name}` stands here a second time", DIRECTIVE)
            )
        else:
            found[name] = directive
        at = stop + 1
    return list(found.values())


_CHECK_SWITCHES = frozenset({"true", "false", "True", "False", "TRUE", "FALSE", "1", "0", "t", "f", "T", "F"})


def _check_complaint(value: str) -> str:
    """Why BuildKit refuses the value of `check`; empty if it does not."""
    for part in value.strip().split(";"):
        key, sign, switch = part.partition("=")
        if key.strip() not in ("skip", "error", "experimental"):
            return "`check` takes skip=, error= and experimental=, separated by semicolons"
        if not sign:
            return f"`{key.strip()}` of the directive `check` needs a value"
        if key.strip() == "error" and switch.strip() not in _CHECK_SWITCHES:
            return "`error` of the directive `check` takes true or false"
    return ""
