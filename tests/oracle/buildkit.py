"""Asks BuildKit's own build checks about generated Dockerfiles, and keeps the answers.

`python -m tests.oracle.buildkit PROGRAM` writes buildkit.jsonl anew. PROGRAM is buildkit_lint.go, built
beside a go.mod that requires github.com/moby/buildkit v0.25.0. Base images have no variable but PATH there,
and nothing is built or pulled. One line holds a Dockerfile, the line where BuildKit stops (null: it does not)
and, if it does not stop, the first line of each thing that its checks warn of.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

RECORD = Path(__file__).with_name("buildkit.jsonl")
COUNT = 900


class Answer(NamedTuple):
    text: str
    stops_at: int | None
    warnings: dict[str, list[int]]


def recorded() -> list[Answer]:
    return [Answer(*json.loads(line)) for line in RECORD.read_text(encoding="utf-8").splitlines()]


NAMES = ("A", "B", "FOO", "foo", "PATH", "TARGETARCH", "HTTP_PROXY")
STAGES = ("", "one", "Two", "three", "scratch", "1st", "a/b")
MODES = "755 0644 u=rwx a+x u+x,g-w 999 77777 7777 rwx +x u= = u=g - 755,u+x u+x, x+u 0o755 a=rX --x".split()
DURATIONS = "30s 30 1m30s 0 .5s 1us -1s 1.5h 1e3s 1ms 999us 0s +3s 1d".split()
MOUNTS = {
    "type": ("bind", "cache", "tmpfs", "secret", "ssh", "Cache", "volume", ""),
    "from": ("one", "two", "alpine"),
    "readonly": ("true", "1", "no", ""),
    "rw": ("yes", "true"),
    "required": ("true", "x"),
    "size": ("64m", "1", "x", "1.5g", "1kib"),
    "sharing": ("shared", "LOCKED", "all"),
    "mode": ("755", "9", ""),
    "uid": ("0", "-1", "x"),
    "source": ("a", ""),
    "id": ("x",),
    "env": ("X",),
    "foo": ("x",),
}
PLAIN = (
    *("USER a", "USER", "WORKDIR /a", "WORKDIR b", "WORKDIR", "STOPSIGNAL 9", "STOPSIGNAL", "MAINTAINER x"),
    *("VOLUME []", 'VOLUME ["a", ""]', "VOLUME a b", "VOLUME", 'SHELL ["a", "-c"]', "SHELL a", "SHELL []"),
    *("CMD [1]", "CMD a", 'CMD ["a"]', "CMD", "RUN []", 'RUN ["a", 1]', "ENTRYPOINT a", "HEALTHCHECK CMD x"),
    *("COPY a", "COPY a b", "COPY", "ADD a", "COPY <<E /x\nhi\nE", "COPY a <<E\nhi\nE", "RUN <<E\nx"),
    *("RUNN x", "COPY --foo a b", "COPY --link a b", "COPY --link=no a b", "COPY --chown a b", "USER --x a"),
    *("ONBUILD RUN x", "ONBUILD ONBUILD RUN x", "ONBUILD FROM x", "onbuild maintainer x", "ONBUILD"),
    *("HEALTHCHECK NONE", "HEALTHCHECK none x", "HEALTHCHECK cmd", "HEALTHCHECK", "HEALTHCHECK CMD []"),
    *("RUN a \\\n  b", "RUN a \\\n\n  b", "RUN a \\\n# x\n  b", "RUN --network=none x", "RUN --network=x y"),
    *("COPY https://x.org/y /z", "COPY git@h.org:a/b.git /z", "COPY file.git /z", "COPY --from=0 /a /b"),
    *("ENV a", "ENV =x", "ENV a=b c", 'ENV "a b"=c', 'ENV a="b c', "LABEL a", "LABEL a b", "ARG a", "ARG =x"),
    *("COPY --from=one /a /b", "COPY --from=two /a /b", "COPY --from=three /a /b", "COPY --from=2 /a /b"),
    *("COPY --from=$A /a /b", "RUN --mount=from=${A},target=/x y", "LABEL a=${A", "WORKDIR ${A", "EXPOSE 80"),
    *("# comment", "", "RUN true", "COPY a /b", "USER 1", "ENV A=1", "ARG FOO"),
)


def all_texts() -> list[str]:
    random = Random(20261123)
    return [_text(random, hostile=number % 3 == 0) for number in range(COUNT)]


def _text(random: Random, *, hostile: bool) -> str:
    lines = (
        [random.choice(("ARG A=1", "arg FOO", "# escape=`", "# check=foo"))] if random.random() < 0.2 else []
    )
    names: list[str] = []
    for _ in range(random.randint(1, 3)):
        lines.append(_from(random, names, hostile=hostile))
        lines += [_instruction(random, hostile=hostile) for _ in range(random.randint(0, 4))]
    return "\n".join(lines) + "\n"


def _from(random: Random, names: list[str], *, hostile: bool) -> str:
    base = random.choice(("alpine", "scratch", "debian:13", *(name.lower() for name in names)))
    name = random.choice(STAGES if hostile else STAGES[:5])
    if not name:
        return f"{_cased(random, 'FROM')} {base}"
    names += [name] if name[0].isalpha() and "/" not in name else []
    return f"{_cased(random, 'FROM')} {base} {random.choice(('AS', 'as', 'As'))} {name}"


def _cased(random: Random, keyword: str) -> str:
    return random.choice((keyword, keyword, keyword, keyword, keyword.lower(), keyword.title()))


def _variable(random: Random) -> str:
    name = random.choice(NAMES)
    return random.choice((f"${name}", f"${{{name}}}", f"x${name}", f"${{{name}#a}}", f'"${name}"', "plain"))


def _mount(random: Random) -> str:
    fields = ["target=/x"]
    for _ in range(random.randint(1, 3)):
        key = random.choice((*MOUNTS, "type", "id"))
        value = random.choice(MOUNTS[key])
        fields.append(key if random.random() < 0.1 else f"{key}={value}")
    random.shuffle(fields)
    return ",".join(fields)


def _instruction(random: Random, *, hostile: bool) -> str:
    makers: tuple[Callable[[], str], ...] = (
        lambda: f"{_cased(random, 'ENV')} {random.choice(NAMES[:4])}={_variable(random)}",
        lambda: f"{_cased(random, 'ENV')} {random.choice(NAMES[:4])} {random.choice(('x y', 'z'))}",
        lambda: f"{_cased(random, 'LABEL')} a{random.choice(('=', ' '))}{_variable(random)}",
        lambda: f"{_cased(random, 'ARG')} {random.choice(NAMES[:4])}{random.choice(('', '=1'))}",
        lambda: f"{_cased(random, 'COPY')} --chown={_variable(random)} {_variable(random)} /x",
        lambda: f"{_cased(random, 'USER')} {_variable(random)}",
        lambda: f"{_cased(random, 'COPY')} <<E /x\n{_variable(random)} b\nE",
        lambda: random.choice(
            ("RUN true", "CMD a", "WORKDIR x", "WORKDIR /y", "MAINTAINER x", "RUN a \\\n\n b")
        ),
    )
    if not hostile:
        return random.choice(makers)()
    wrong: tuple[Callable[[], str], ...] = (
        lambda: random.choice(PLAIN),
        lambda: random.choice(PLAIN),
        lambda: f"RUN --mount={_mount(random)} true",
        lambda: f"COPY --chmod={random.choice(MODES)} a /b",
        lambda: f"HEALTHCHECK --interval={random.choice(DURATIONS)} CMD x",
        lambda: f"HEALTHCHECK --retries={random.choice(('1', '-1', 'x', '+2', '0'))} CMD x",
    )
    return random.choice(wrong)()


def main(program: str) -> None:
    texts = list(dict.fromkeys(all_texts()))
    asked = "".join(f"{json.dumps(text)}\n" for text in texts)
    done = subprocess.run([program], input=asked, capture_output=True, text=True, check=True, timeout=600)
    with RECORD.open("w", encoding="utf-8") as file:
        for text, line in zip(texts, done.stdout.splitlines(), strict=True):
            answer = json.loads(line)
            if not answer["Error"].startswith("panic"):
                warnings: dict[str, list[int]] = {}
                for warning in answer["Warnings"] or ():
                    warnings.setdefault(warning["Rule"], []).append(warning["Line"])
                kept = {} if answer["Error"] else {rule: sorted({*lines}) for rule, lines in warnings.items()}
                stops = answer["Line"] if answer["Error"] else None
                file.write(json.dumps([text, stops, kept]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
