"""Dockerfiles made by hypothesis: continuations, comments, here-documents, JSON, escapes, line ends."""

from __future__ import annotations

from hypothesis import strategies as st

KEYWORDS = (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL "
    "USER VOLUME WORKDIR run Env onbuild FOO"
).split()
PIECES = [
    *("a", "b", "x=y", "a=1", "=", "'", '"', "'p q'", '"x y"', "\\", "\\\\", "`", "$A", "${B:-c}", "[", "]"),
    *('["a", "b"]', "[]", "[1]", "<<EOF", "<<-EOF", "<<'E'", '<<"E F"', "3<<EOF", "<<", "<", "--from=x"),
    *("--link", "--x='y z'", "--", "#", "# c", "AS", "as b", "NONE", "CMD", "ONBUILD", "RUN", "é", "&&", "|"),
]
GLUE = [
    *(" ", " ", " ", "", "\t", "  ", "\\\n", " \\\n", " \\ \n", " \\\r\n", " \\\n\n"),
    *(" \\\n# c\n", " \\\n  # c\n", " `\n"),
]
ENDS = ["\n", "\n", "\r\n", "\n\n", "\n# c\n", ""]
BODIES = [
    *("EOF\n", "\tEOF\n", "E\n", "E F\n", "line\nEOF\n", "\tRUN x\n\tEOF\nE\n"),
    "USER root\nEOF\nE\nE F\n",
]
HEADS = [
    *("", "FROM a\n", "# escape=`\nFROM a\n", "# syntax=x\n# escape=`\nFROM a\n", "#!x\nFROM a\n"),
    *("# c\n# escape=`\n", "\ufeffFROM a\n"),
]

_words = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GLUE)), max_size=6).map(
    lambda parts: "".join(word + glue for word, glue in parts)
)
_instruction = st.tuples(
    st.sampled_from(KEYWORDS), _words, st.sampled_from(ENDS), st.sampled_from(("", "", "", *BODIES))
).map(lambda parts: f"{parts[0]} {parts[1]}{parts[2]}{parts[3]}")

dockerfiles = st.builds(
    lambda head, rest: head + "".join(rest),
    st.sampled_from(HEADS),
    st.lists(_instruction, min_size=1, max_size=4),
)
"""Text that looks like a Dockerfile; most of it BuildKit's parser accepts."""
