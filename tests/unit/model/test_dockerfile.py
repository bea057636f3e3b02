"""Stages, what is in effect at their end, variables in their scopes, and the images of a file."""

from __future__ import annotations

import pytest

from tollgate.model.dockerfile import Dockerfile, Instruction, Stage
from tollgate.model.dockerfile_image import Image
from tollgate.model.node import UNKNOWN, Mapping, Scalar, Sequence, to_plain
from tollgate.model.source import MASK, Span, decode
from tollgate.parsers.dockerfile import parse_dockerfile


def read(text: str) -> Dockerfile:
    return parse_dockerfile(decode("Dockerfile", text.encode()))


def plain(target: Stage | Instruction | Dockerfile, name: str) -> object:
    field = target.field(name)
    assert field is None or isinstance(field, Scalar | Mapping | Sequence)
    return None if field is None else to_plain(field)


def last(text: str, name: str) -> object:
    """A field of the final stage."""
    return plain(read(text).stages[-1], name)


# Stages


def test_stage_graph() -> None:
    file = read("FROM x AS A\nFROM a as b\nFROM later\nFROM y AS later\nFROM B\nFROM 0\n")
    assert [stage.parent and stage.parent.index for stage in file.stages] == [None, 0, None, None, 1, None]
    assert [stage.object_name for stage in file.stages] == ["A", "b", "2", "later", "4", "5"]
    assert [stage.final for stage in file.stages] == [False] * 5 + [True]
    assert plain(file.stages[4], "root-base") == "x"


def test_the_later_of_two_stages_with_one_name_counts() -> None:
    file = read("FROM x AS a\nFROM y AS a\nFROM a\n")
    assert file.stages[2].parent is file.stages[1]


def test_a_stage_named_through_an_argument() -> None:
    file = read("ARG BASE=build\nFROM x AS build\nFROM ${BASE}\n")
    assert file.stages[1].parent is file.stages[0]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("FROM a\n", "user", None),
        ("FROM a\nUSER b\nUSER c\n", "user", "c"),
        ("FROM a AS s\nUSER b\nFROM s\n", "user", "b"),
        ("FROM a AS s\nUSER b\nFROM s\nUSER c\n", "user", "c"),
        ("FROM a\nARG U=app\nUSER $U\n", "user", "app"),
        ("FROM a\nARG U\nUSER $U\n", "user", UNKNOWN),
        ("FROM a\nARG U\nUSER ${U:-app}:0\n", "user", "app:0"),
        ('FROM a\nUSER "root"\n', "user", "root"),
        ("FROM a\nUSER $U\n", "user", UNKNOWN),
        ("FROM scratch\nUSER a$U\n", "user", "a"),
        ("ARG U=x\nFROM a\nUSER $U\n", "user", UNKNOWN),
        ("ARG U=x\nFROM a\nARG U\nUSER $U\n", "user", "x"),
        ("ARG U=x\nFROM a\nARG U=y\nUSER $U\n", "user", "y"),
        ("FROM a AS s\nARG U=x\nFROM s\nUSER $U\n", "user", "x"),
        ("FROM a AS s\nARG U=x\nFROM a\nUSER $U\n", "user", UNKNOWN),
        ("FROM a\nARG U=x\nENV U=y\nUSER $U\n", "user", "y"),
        ("FROM a\nENV U=y\nARG U\nUSER $U\n", "user", "y"),
        ("FROM a\nENV U=x\nENV U=y V=$U\nUSER $V\n", "user", "x"),
        ("FROM a\nARG U=x V=$U\nUSER $V\n", "user", "x"),
        ("ARG U=x V=$U-1\nFROM a\nARG V\nUSER $V\n", "user", "x-1"),
        ("FROM a\nUSER $U\nENV U=x\n", "user", UNKNOWN),
        ("FROM a\nARG TARGETARCH\nUSER $TARGETARCH\n", "user", UNKNOWN),
        ("FROM a\nARG TARGETARCH\nUSER ${TARGETARCH+x}\n", "user", "x"),
        ("FROM a\nWORKDIR /x\nWORKDIR y/../z\n", "workdir", "/x/z"),
        ("FROM a\nWORKDIR y\n", "workdir", UNKNOWN),
        ("FROM a\nWORKDIR y\nWORKDIR /x\nWORKDIR z\n", "workdir", "/x/z"),
        ("FROM scratch\nWORKDIR y\n", "workdir", "/y"),
        ("FROM a AS s\nWORKDIR /x\nFROM s\nWORKDIR y\n", "workdir", "/x/y"),
        ("FROM a\nWORKDIR C:\\\\app\n", "workdir", "C:\\app"),
        ('FROM a AS s\nSHELL ["b", "-c"]\nFROM s\n', "shell", ["b", "-c"]),
        ('FROM a\nENTRYPOINT ["b"]\nCMD c d\n', "entrypoint", ["b"]),
        ('FROM a\nENTRYPOINT ["b"]\nCMD c d\n', "cmd", "c d"),
        ('FROM a AS s\nCMD ["c"]\nFROM s\nENTRYPOINT ["b"]\n', "cmd", None),
        ('FROM a AS s\nENTRYPOINT ["b"]\nCMD ["c"]\nFROM s\n', "cmd", ["c"]),
        ("FROM a AS s\nHEALTHCHECK CMD x\nFROM s\nHEALTHCHECK NONE\n", "healthcheck", "NONE"),
        ("FROM a AS s\nLABEL a=1 b=2\nFROM s\nLABEL b='3 4'\n", "labels", {"a": "1", "b": "3 4"}),
        ("FROM a\nARG P=80\nENV Q='1 2'\nEXPOSE $P/tcp $Q\n", "exposed", ["80/tcp", "1", "2"]),
        ("FROM a\nENV A b  c\n", "env", {"A": "b  c"}),
        ("FROM a AS s\nFROM scratch\n", "scratch", True),
        ("ARG V=3\nFROM --platform=$BUILDPLATFORM a:${V}\n", "base", "a:3"),
        ("ARG V=3\nFROM --platform=$BUILDPLATFORM a:${V}\n", "platform", UNKNOWN),
        ("ARG V\nFROM a:$V\n", "base", UNKNOWN),
        ("FROM a:$V\n", "base", "a:"),
    ],
)
def test_in_effect_at_the_end(text: str, name: str, expected: object) -> None:
    assert last(text, name) == expected


def test_values_stand_where_they_were_set() -> None:
    file = read("FROM a AS s\nUSER b\nFROM s\n")
    user = file.stages[1].field("user")
    assert isinstance(user, Scalar)
    assert file.source.text[user.start : user.end] == "b"


def test_where_a_variable_was_set() -> None:
    file = read("ARG V=1\nFROM a\nARG V\nENV W=2\nUSER $V\n")
    user = file.instructions[-1]
    places = {name: user.variable(name) for name in ("V", "W", "X")}
    assert places["X"] is None
    assert [(found.value, found.start) for found in places.values() if found] == [("1", 6), ("2", 27)]


def test_chains_without_end_are_cut_and_said() -> None:
    text = "FROM a AS s0\nUSER b\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(300))
    file = read(text)
    assert [found.code for found in file.problems] == ["not-linted-too-deep"]
    assert plain(file.stages[100], "user") == "b"
    assert plain(file.stages[-1], "user") is None


# Instructions


def test_fields_of_an_instruction() -> None:
    file = read("FROM a\nARG O=me\nCOPY --link --chown=$O:x --exclude=a --exclude=b $O/s d\n")
    copy = file.instructions[-1]
    assert plain(copy, "flags") == {"link": True, "chown": "me:x", "exclude": ["a", "b"]}
    assert plain(copy, "words") == ["me/s", "d"]
    assert plain(copy, "written") == ["$O/s", "d"]
    assert (plain(copy, "keyword"), plain(copy, "is-json"), plain(copy, "onbuild")) == ("COPY", False, False)
    assert plain(copy, "text") == "$O/s d"
    assert plain(copy, "nonsense") is None


def test_mounts() -> None:
    file = read("FROM a\nARG T=/t\nRUN --mount=type=secret,id=x,dst=$T --mount=from=b,src=/,ro ls\n")
    assert plain(file.instructions[-1], "mounts") == [
        {"type": "secret", "id": "x", "target": "/t"},
        {"type": "bind", "from": "b", "source": "/", "readonly": True},
    ]


def test_here_document_fields() -> None:
    file = read("FROM a\nCOPY <<-'E' /x\n\ta\n\tE\n")
    assert plain(file.instructions[-1], "heredocs") == [{"name": "E", "text": "a\n", "expand": False}]


def test_shell_in_force() -> None:
    file = read('FROM a AS s\nRUN 1\nSHELL ["b", "-c"]\nRUN 2\nFROM s\nRUN 3\nFROM a\nRUN 4\n')
    shells = [item.shell() for item in file.instructions if item.keyword == "RUN"]
    assert shells == [(), ("b", "-c"), ("b", "-c"), ()]


def test_nothing_is_known_behind_onbuild() -> None:
    file = read("FROM a\nENV U=x\nONBUILD USER $U\n")
    inner = file.instructions[-1].onbuild
    assert inner is not None
    assert plain(inner, "words") == [UNKNOWN]
    assert plain(inner, "onbuild") is True


# Selecting


def test_select() -> None:
    file = read("ARG x\nFROM a\nRUN b\nFROM c\nONBUILD RUN d\n")
    assert [repr(target) for target in file.select("dockerfile")] == [repr(file)]
    assert list(file.select("stage")) == list(file.stages)
    assert list(file.select("final-stage")) == [file.stages[1]]
    runs = [target for target in file.select("RUN") if isinstance(target, Instruction)]
    assert [run.text for run in runs] == ["b", "d"]
    assert [len(file.select(noun)) for noun in ("instruction", "ONBUILD", "ARG", "container")] == [6, 1, 1, 0]
    assert runs[1].owner("stage") is file.stages[1]
    assert runs[1].owner("dockerfile") is file
    assert runs[1].owner("pod") is None
    assert file.instructions[0].owner("stage") is None


def test_select_commands() -> None:
    file = read("FROM a\nRUN x | y\nONBUILD RUN z\nRUN <<E\nw\nE\n")
    assert [len(file.select(noun)) for noun in ("script", "command", "pipeline")] == [3, 4, 1]
    assert file.select("command")[0].owner("stage") is file.stages[0]


def test_identity_holds_no_secret_and_no_line() -> None:
    file = read("FROM a AS s\n\n\nENV  A=hunter2   B=1\n")
    start = file.source.text.index("hunter2")
    assert file.instructions[1].identity() == ("s", "ENV", "A=hunter2 B=1")
    file.source.mask([Span(start, start + 7)])
    assert file.instructions[1].identity() == ("s", "ENV", f"A={MASK} B=1")


# Images


def images(text: str) -> list[tuple[object, str, str]]:
    """Value, use and the text at the place of each image."""
    file = read(text)
    return [
        (image.reference.value, image.use, file.source.text[slice(*image.grip())])
        for image in file.select("image")
        if isinstance(image, Image)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a:1\n", [("a:1", "from", "a:1")]),
        ("ARG V=1\nFROM a:$V\n", [("a:1", "from", "a:$V")]),
        ("ARG V\nFROM $V\n", [(UNKNOWN, "from", "$V")]),
        ("FROM scratch\n", []),
        ("ARG S=scratch\nFROM $S\n", []),
        ("FROM a AS b\nFROM B\n", [("a", "from", "a")]),
        ("FROM 0\n", [("0", "from", "0")]),
        (
            "FROM scratch AS b\nCOPY --from=B x y\nCOPY --from=0 x y\nCOPY --from=c:1 x y\n",
            [("c:1", "copy-from", "c:1")],
        ),
        ("FROM scratch\nCOPY --from=later x y\nFROM scratch AS later\n", []),
        ("FROM scratch\nADD --from=c x y\n", []),
        ("FROM scratch\nRUN --mount=type=bind,from=c,target=/x y\n", [("c", "mount-from", "c")]),
        ('FROM scratch\nRUN --mount="type=bind,from=c" y\n', [("c", "mount-from", "c")]),
        ("FROM scratch AS c\nRUN --mount=from=C y\n", []),
        ("FROM scratch\nRUN --mount=from=0 y\n", [("0", "mount-from", "0")]),
        ("FROM scratch\nONBUILD COPY --from=c x y\n", [("c", "copy-from", "c")]),
        ("# syntax=d/e:1 --flag\nFROM scratch\n", [("d/e:1", "syntax", "d/e:1")]),
        ("#!/x\n# syntax = d\nFROM scratch\n", [("d", "syntax", "d")]),
        ("// syntax=d\nFROM scratch\n", [("d", "syntax", "d")]),
        ('{"syntax": "d"}', [("d", "syntax", "d")]),
        ("# note\n# syntax=d\nFROM scratch\n", []),
    ],
)
def test_images(text: str, expected: list[tuple[object, str, str]]) -> None:
    assert images(text) == expected


def test_platform_of_an_image() -> None:
    (image,) = read("FROM --platform=linux/arm64 a\n").select("image")
    platform = image.field("platform")
    assert isinstance(platform, Scalar)
    assert platform.value == "linux/arm64"
