"""Fixes of old forms keep what the instruction sets."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from tests.oracle.buildkit import recorded
from tollgate import catalog
from tollgate.engine.fix import apply_fixes
from tollgate.engine.lint import Linter
from tollgate.model.finding import Finding
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import Source, decode
from tollgate.parsers.dockerfile import parse_dockerfile

RULE = "key-value-without-equals"
LINTER = Linter(catalog.rules(), policy=Policy(select=(RULE,)), project=Project())


def findings(source: Source) -> list[Finding]:
    return list(LINTER.lint(source, "dockerfile").findings)


def values(source: Source) -> list[tuple[object, object]]:
    """What ENV and LABEL set, in order, as BuildKit expands it."""
    file = parse_dockerfile(source)
    return [
        (pair.key.value, None if pair.value is None else pair.value.value)
        for item in file.instructions
        if item.keyword in ("ENV", "LABEL")
        for pair in file.scopes.pairs(item)
    ]


PIECES = st.sampled_from(
    [
        "a",
        " ",
        "  ",
        "$X",
        "${X:-y z}",
        "'",
        '"',
        "\\",
        "\\ ",
        '\\"',
        "=",
        "#",
        "b=c",
        "\\\n",
        "\\\n# x\n",
        "\t",
        "`",
        "é",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["ENV", "LABEL", "env"]),
    st.sampled_from([" ", "  ", "\t", " \\\n "]),
    st.lists(PIECES, min_size=1, max_size=6).map("".join),
    st.sampled_from(["", "# escape=`\n"]),
)
def test_the_fix_keeps_every_value(keyword: str, blank: str, value: str, directive: str) -> None:
    text = f"{directive}FROM alpine:3.20\nENV X='p q'\n{keyword} KEY{blank}{value}\nUSER 1\n"
    source = decode("Dockerfile", text.encode())
    outcome = apply_fixes(source, findings(source), kind="dockerfile", unsafe=False, relint=findings)
    assert values(outcome.new_source) == values(source)


def test_plain_values_are_fixed() -> None:
    for value in ("a", "a b", "$X b", '"a b"', "'a  b'", "a/b:c", "a=b"):
        source = decode("Dockerfile", f"FROM alpine:3.20\nENV KEY {value}\n".encode())
        outcome = apply_fixes(source, findings(source), kind="dockerfile", unsafe=False, relint=findings)
        assert "ENV KEY=" in outcome.new_source.text
        assert findings(outcome.new_source) == []


SAFE = (
    RULE,
    "as-in-other-case",
    "blank-line-in-continuation",
    "instruction-in-other-case",
    "stage-reference-in-capitals",
)
SAFE_LINTER = Linter(catalog.rules(), policy=Policy(select=SAFE), project=Project())


def safe_findings(source: Source) -> list[Finding]:
    return list(SAFE_LINTER.lint(source, "dockerfile").findings)


def meaning(source: Source) -> list[object]:
    """What the file says, whatever case its keywords and stages are in."""
    file = parse_dockerfile(source)
    said: list[object] = []
    for item in file.instructions:
        flags = [(flag.name, flag.value and flag.value.value) for flag in item.flags]
        words = [str(word.value) for word in file.scopes.words(item)]
        bodies = [source.text[here.start : here.end] for here in item.heredocs]
        lower = [word.lower() for word in words] if item.keyword == "FROM" else words
        pairs = [] if item.keyword == "ARG" else [*map(str, values(source))]
        said.append((item.keyword, flags, lower, bodies, pairs))
    return said


def test_safe_fixes_keep_what_a_file_says() -> None:
    fixed = 0
    for answer in recorded()[::3]:
        source = decode("Dockerfile", answer.text.encode())
        outcome = apply_fixes(
            source, safe_findings(source), kind="dockerfile", unsafe=False, relint=safe_findings
        )
        assert outcome.dropped == (), answer.text
        assert meaning(outcome.new_source) == meaning(source), answer.text
        fixed += len(outcome.applied)
    assert fixed > 500
