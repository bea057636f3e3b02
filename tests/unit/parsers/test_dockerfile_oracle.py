"""The same instruction list as BuildKit's own parser (v0.12.5, which PyPI `dockerfile` binds).

Where v0.25.0 reads otherwise we follow it; those differences have tests of their own and are left out here.
"""

from __future__ import annotations

import re

import dockerfile as oracle
import pytest
from hypothesis import assume, given, settings

from tests.unit.parsers.dockerfile_texts import dockerfiles
from tollgate.model.dockerfile import Dockerfile, Flag, Instruction
from tollgate.model.source import decode
from tollgate.parsers.dockerfile import parse_dockerfile
from tollgate.parsers.dockerfile_problems import KEYWORDS


def line_of(text: str, offset: int) -> int:
    """BuildKit counts LF only."""
    return text.count("\n", 0, offset) + 1


def flag_text(flag: Flag) -> str:
    return f"--{flag.name}" if flag.value is None else f"--{flag.name}={flag.value.value}"


def values(item: Instruction) -> list[object]:
    if item.keyword in {"ENV", "LABEL"}:
        return [part.value for pair in item.pairs for part in pair if part is not None]
    if item.keyword == "ARG":
        return [key.value if value is None else f"{key.value}={value.value}" for key, value in item.pairs]
    return [word.value for word in item.words]


def ours(file: Dockerfile) -> list[tuple[object, ...]]:
    text = file.source.text
    found: list[tuple[object, ...]] = []
    for item in file.instructions:
        inner = item.onbuild or item
        # The binding gives none for ONBUILD.
        bodies = [] if item.onbuild else [(here.name, text[here.start : here.end]) for here in inner.heredocs]
        known = inner.keyword in KEYWORDS and inner.keyword != "ONBUILD"
        row = (
            item.keyword,
            item.onbuild.keyword if item.onbuild else None,
            inner.is_json,
            tuple(map(flag_text, item.flags)),
            values(inner) if known else None,
            bodies,
            line_of(text, item.keyword_span.start),
            line_of(text, item.span.end - 1),
        )
        found.append(row)
    return found


def theirs(text: str, escape: str) -> list[tuple[object, ...]]:
    lines = text.split("\n")

    def idle(number: int) -> bool:
        """A line that an instruction takes up without any content: blank, comment, lone continuation."""
        line = lines[number - 1].strip().strip("\ufeff")
        return line.startswith("#") or line in {"", escape}

    found: list[tuple[object, ...]] = []
    for item in oracle.parse_string(text):
        if not item.cmd:
            continue
        first, last = item.start_line, item.end_line
        while first < last and idle(first):
            first += 1
        while last > first and idle(last) and not item.heredocs:
            last -= 1
        known = (item.sub_cmd or item.cmd).lower() in KEYWORDS.keys() - {"onbuild"}
        row = (
            item.cmd.upper(),
            item.sub_cmd.upper() if item.sub_cmd else None,
            item.json,
            tuple(item.flags),
            list(item.value) if known else None,
            [(here.name, here.content) for here in item.heredocs],
            first,
            last,
        )
        found.append(row)
    return found


def check(text: str) -> None:
    """Both read the text alike; the oracle's refusal must be a problem of ours."""
    file = parse_dockerfile(decode("Dockerfile", text.encode()))
    try:
        expected = theirs(text.removeprefix("\ufeff"), file.escape)
    except oracle.GoParseError:
        assert file.problems
    else:
        assert ours(file) == expected


NEWER = re.compile(
    r"<<-?(\\\r?\n|[ \t\r`])"  # blanks between << and the name
    r"|<<(?:[\\`]\r?\n|[^\n])*\$\{"  # v0.25.0 loses what stands before ${…:-…} in a word
    r"|--[^\n]*[\\`]"  # the escape character in flags
    r"|--[^\n]*[^\x00-\x7f]"  # v0.12.5 takes a flag's bytes for characters
)


def almost_json(item: Instruction) -> bool:
    """v0.12.5 takes a JSON array with text after it for the JSON form."""
    return not item.is_json and any(str(word.value).startswith("[") for word in item.words)


@settings(max_examples=250, deadline=None)
@given(dockerfiles)
def test_as_buildkit_on_generated_files(text: str) -> None:
    assume(not NEWER.search(text))
    items = parse_dockerfile(decode("Dockerfile", text.encode())).instructions
    assume(not any(almost_json(item.onbuild or item) for item in items))
    check(text)


REAL = r"""
# syntax=docker/dockerfile:1.7
# escape=\
ARG GO=1.22
FROM --platform=$BUILDPLATFORM golang:${GO}-alpine AS build
SHELL ["/bin/ash", "-eo", "pipefail", "-c"]
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath" \
    # private modules
    GOPRIVATE=example.com/*

ENV OLD style value with  blanks
RUN --mount=type=cache,target=/root/.cache \
    --mount=type=bind,source=go.mod,target=go.mod \

    go mod download -x \
  # nothing here
  && go vet ./...
COPY --link --chown=1000:1000 [ "a b", "c\u0020d", "/x/" ]
RUN <<EOF cat > /a && cat <<-"B C" > /b
hello $USER
EOF
	tabs
	B C
COPY <<one <<'two' /etc/
1
one
2
two
FROM scratch
LABEL a=b c="d e" 'f g'=h
LABEL old form
HEALTHCHECK --interval=5s --retries=3 CMD curl -f http://localhost/ || exit 1
HEALTHCHECK NONE
EXPOSE 80/tcp 443
VOLUME /data /cache
USER app:app
STOPSIGNAL SIGTERM
ONBUILD COPY --from=x . /app
ONBUILD RUN <<E
make
E
ENTRYPOINT ["/app"]
CMD serve --port 80
MAINTAINER Some One <one@example.com>
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_as_buildkit_on_all_there_is(ending: str) -> None:
    text = REAL.lstrip("\n").replace("\n", ending)
    check(text)
    check(text.removesuffix(ending))
    if ending == "\n":
        assert not parse_dockerfile(decode("Dockerfile", text.encode())).problems
