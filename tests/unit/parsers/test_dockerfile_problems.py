"""What BuildKit refuses, hides or reads differently, with the place of each."""

from __future__ import annotations

import pytest

from tollgate.model.source import decode
from tollgate.parsers.dockerfile import parse_dockerfile


def problems(text: str) -> list[tuple[str, str]]:
    """Code and the text at the place of each problem."""
    source = decode("Dockerfile", text.encode())
    return [(found.code, source.text[found.start : found.end]) for found in parse_dockerfile(source).problems]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("RUNN x", "RUNN", "unknown-instruction"),
        ("EOF", "EOF", "unknown-instruction"),
        ("FROM", "FROM", "wrong-number-of-arguments"),
        ("FROM a b", "b", "wrong-number-of-arguments"),
        ("FROM a as 1b", "1b", "stage-name-invalid"),
        ("USER", "USER", "wrong-number-of-arguments"),
        ("EXPOSE", "EXPOSE", "wrong-number-of-arguments"),
        ("ENV", "ENV", "wrong-number-of-arguments"),
        ("ENV a", "a", "key-value-malformed"),
        ("ENV a=1 b", "b", "key-value-malformed"),
        ("ENV =1", "=1", "key-value-malformed"),
        ("ARG =1", "=1", "key-value-malformed"),
        ("COPY a", "COPY", "wrong-number-of-arguments"),
        ("COPY a <<E\nE", "<<E", "here-document-misplaced"),
        ("VOLUME []", "VOLUME", "wrong-number-of-arguments"),
        ('VOLUME ["a", " "]', '" "', "volume-path-empty"),
        ("SHELL bash -c", "bash -c", "json-form-invalid"),
        ("SHELL []", "SHELL", "wrong-number-of-arguments"),
        ("HEALTHCHECK", "HEALTHCHECK", "wrong-number-of-arguments"),
        ("HEALTHCHECK curl x", "curl", "healthcheck-malformed"),
        ("HEALTHCHECK NONE x", "x", "healthcheck-malformed"),
        ("HEALTHCHECK CMD", "CMD", "healthcheck-malformed"),
        ("ONBUILD", "ONBUILD", "wrong-number-of-arguments"),
        ("ONBUILD FROM x", "FROM", "onbuild-trigger-forbidden"),
        ("ONBUILD ONBUILD RUN x", "ONBUILD", "onbuild-trigger-forbidden"),
        ("ONBUILD USER", "USER", "wrong-number-of-arguments"),
        ("RUN --nope x", "--nope", "instruction-flag-invalid"),
        ("RUN --mount x", "--mount", "instruction-flag-invalid"),
        ("COPY --link=maybe a b", "--link=maybe", "instruction-flag-invalid"),
        ("COPY --from=a --from=b c d", "--from=b", "instruction-flag-invalid"),
        ("COPY --from=$A b c", "--from=$A", "stage-reference-with-variable"),
        ("RUN --mount=from=$A,target=/x y", "--mount=from=$A,target=/x", "stage-reference-with-variable"),
        ("USER --x a", "--x", "instruction-flag-invalid"),
        ("CMD [1]", "[1]", "json-form-invalid"),
        ('ENV a="b', '"b', "parse-error"),
        ("WORKDIR ${A", "${A", "parse-error"),
        ("LABEL a=${:}", "${:}", "parse-error"),
        ("RUN <<E\nx", "<<E", "here-document-unterminated"),
        ('VOLUME ""', '""', "volume-path-empty"),
        ('COPY ["<<E", "/x"]', '"<<E"', "here-document-misplaced"),
        ("CMD <<E", "<<E", "here-document-misplaced"),
        ("ENTRYPOINT <<-'E' x", "<<-'E'", "here-document-misplaced"),
        ("RUN --network=bridge x", "--network=bridge", "instruction-flag-invalid"),
        ("RUN --security=none x", "--security=none", "instruction-flag-invalid"),
        ("HEALTHCHECK --interval=30 CMD x", "30", "healthcheck-malformed"),
        ("HEALTHCHECK --timeout=1us CMD x", "1us", "healthcheck-malformed"),
        ("HEALTHCHECK --retries=-1 CMD x", "-1", "healthcheck-malformed"),
        ("HEALTHCHECK --start-period=$P CMD x", "$P", "healthcheck-malformed"),
    ],
)
def test_parse_errors(text: str, place: str, code: str) -> None:
    assert problems(f"FROM a\n{text}\n") == [(code, place)]
    if "<<" not in text:
        after = parse_dockerfile(decode("Dockerfile", f"FROM a\n{text}\nSTOPSIGNAL 9\n".encode()))
        assert after.instructions[-1].keyword == "STOPSIGNAL"


@pytest.mark.parametrize(
    "text",
    [
        "RUN",
        "CMD",
        "COPY --from=0 a b",
        "COPY --link=TRUE a b",
        "ARG --x a",
        "RUN --mount=type=cache,target=$A x",
        "FROM a AS B-2.x_y",
        "HEALTHCHECK --nope NONE",
        "HEALTHCHECK --interval=1m30s --timeout=0 --start-period=.5s --start-interval=1ms --retries=0 CMD x",
        "RUN --network=none --security=sandbox x",
        "ENV a='b' c=\"d\\\"\" e=\\'",
        "RUN echo 'x",
        "CMD [a]",
        "ADD --checksum=sha256:0 --keep-git-dir=true https://x/y /z",
    ],
)
def test_what_buildkit_takes(text: str) -> None:
    assert problems(f"FROM a\n{text}\n") == []


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("", "", "dockerfile-without-stage"),
        ("\n# x\n", "\n", "dockerfile-without-stage"),
        ("RUN x\nRUN y\nFROM a\n", "RUN", "instruction-before-from"),
        ("ARG a\n", "ARG", "dockerfile-without-stage"),
        ("# escape=x\nFROM a\n", "x", "parser-directive-invalid"),
        ("# syntax=a\n# syntax=b\nFROM a\n", "# syntax=b", "parser-directive-invalid"),
        ("# check=skip\nFROM a\n", "skip", "parser-directive-invalid"),
        ("# check=ignore=all\nFROM a\n", "ignore=all", "parser-directive-invalid"),
        ("# check=skip=A;error=yes\nFROM a\n", "skip=A;error=yes", "parser-directive-invalid"),
        ("FROM a\n \\\n", "\\", "parse-error"),
        ("FROM a\nRUN " + "x" * 65535 + "\n", "R", "line-too-long"),
    ],
)
def test_files_that_buildkit_refuses(text: str, place: str, code: str) -> None:
    assert problems(text) == [(code, place)]


def test_the_directive_check() -> None:
    assert problems("# check=skip=A,B;error=true\nFROM a\n") == []


def test_utf_16_is_not_read_by_buildkit() -> None:
    found = parse_dockerfile(decode("Dockerfile", "\ufeffFROM a\n".encode("utf-16-le")))
    assert [problem.code for problem in found.problems] == ["parse-error"]
    assert [item.keyword for item in found.instructions] == ["FROM"]


def test_suggests_the_nearest_keyword() -> None:
    (found,) = parse_dockerfile(decode("Dockerfile", b"FROM a\nENTRYPONT x\n")).problems
    assert found.message == "unknown instruction; did you mean ENTRYPOINT?"
    (found,) = parse_dockerfile(decode("Dockerfile", b"FROM a\nCOPY --chwon=1 a b\n")).problems
    assert found.message == "COPY: unknown flag; did you mean --chown?"


def test_messages_never_hold_text_of_the_file() -> None:
    for line in (
        "s3cr3t x",
        "ENV s3cr3t",
        "ENV a='s3cr3t",
        "RUN --s3cr3t x",
        "HEALTHCHECK s3cr3t",
        "USER a # s3cr3t",
    ):
        for found in parse_dockerfile(decode("Dockerfile", f"FROM a\n{line}\n".encode())).problems:
            assert "s3cr3t" not in found.message.lower()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("USER root # x", "# x"),
        ("WORKDIR /a  #x", "#x"),
        ("EXPOSE 80 # http", "# http"),
        ("EXPOSE 80 \\\n 81 # http", "# http"),
        ("FROM a # x", "# x"),
        ("COPY a b # x", "# x"),
        ("ENV a=1 # x=2", "# x=2"),
        ("ENV a b # x", "# x"),
        ('ENV a="b c" # x', "# x"),
        ("ARG a # x", "# x"),
        ('CMD ["a"] # x', "# x"),
        ("VOLUME /a # x", "# x"),
    ],
)
def test_a_comment_that_is_none(text: str, place: str) -> None:
    assert problems(f"FROM a\n{text}\n") == [("comment-not-a-comment", place)]


@pytest.mark.parametrize(
    "text",
    [
        "USER root\n# x",
        "USER a#b",
        "RUN a # x",
        "CMD a # x",
        'ENV a="b # c"',
        "ENV a='b # c' d=e",
        "LABEL color=#fff",
        "COPY #a b",
        "EXPOSE 80 \\\n# note\n 81",
        'CMD ["a", "# x"]',
        "ENV #=1",
    ],
)
def test_real_comments_and_plain_hashes(text: str) -> None:
    assert problems(f"FROM a\n{text}\n") == []


@pytest.mark.parametrize(
    "hidden",
    ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\x85", "\x1b", "\x00", "\r", "\u200d", "\x08"],
)
def test_hidden_text(hidden: str) -> None:
    assert problems(f"FROM a\nRUN a # x{hidden}y\n") == [("hidden-text", hidden)]


@pytest.mark.parametrize(
    "text", ["RUN é ü\r\n", "# \U0001f469\u200d\U0001f4bb\n", "RUN a\tb\f\n", "RUN x\r\r\n"]
)
def test_visible_text(text: str) -> None:
    assert problems(f"FROM a\r\n{text}") == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("USER root", "<<EOF"),
        ("echo\n  RUN x", "<<EOF"),
        ("echo hi", None),
        ("env A=1 cmd", None),
        ("echo \\\nUSER root", None),
        ("# USER root", None),
        ("RUNNER=1", None),
    ],
)
def test_read_differently_without_here_documents(body: str, word: str | None) -> None:
    expected = [] if word is None else [("read-differently", word)]
    assert problems(f"FROM a\nUSER b\nRUN cat <<EOF\n{body}\nEOF\n") == expected
