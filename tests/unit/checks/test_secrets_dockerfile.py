from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tollgate.checks.secret_hits import SecretHit
from tollgate.checks.secrets_dockerfile import dockerfile_secrets
from tollgate.model.source import decode
from tollgate.parsers.dockerfile import parse_dockerfile


def hits(text: str) -> list[tuple[str, str, SecretHit]]:
    """For each: the hidden text, where it stands, the hit."""
    dockerfile = parse_dockerfile(decode("Dockerfile", text.encode("utf-8", "surrogatepass")))
    source = dockerfile.source.text
    return [(source[hit.start : hit.end], hit.where, hit) for hit in dockerfile_secrets(dockerfile)]


def reported(text: str) -> list[tuple[str, str]]:
    return [(secret, where) for secret, where, hit in hits(text) if hit.reported]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("ENV DB_PASSWORD=hunter2 OTHER=x", "env"),
        ("ENV DB_PASSWORD hunter2", "env"),
        ('ENV A=b DB_PASSWORD="hunter2"', "env"),
        ("ARG NPM_TOKEN=hunter2", "arg"),
        ("LABEL api-key='hunter2'", "label"),
        ("ONBUILD ENV SECRET=hunter2", "env"),
        ("RUN export TOKEN=hunter2 && make", "run"),
        ("RUN TOKEN=hunter2 make", "run"),
        ("RUN tool --password hunter2 --verbose", "run"),
        ("RUN tool --db-password=hunter2", "run"),
        ("RUN tool -Dserver.password=hunter2 x", "run"),
        ("RUN mysql -uroot -phunter2 -e 'select 1'", "run"),
        ("RUN apt-get update && \\\n    # mysql\n    mysqladmin -u root \\\n    -phunter2 x", "run"),
        ("RUN curl -u bob:hunter2 https://x.example", "run"),
        ("RUN curl -sS --user 'bob:hunter2' https://x.example", "run"),
        ("RUN echo 'root:hunter2' | chpasswd", "run"),
        ('RUN echo "root:hunter2"|chpasswd -e', "run"),
        ("RUN chpasswd <<< root:hunter2", "run"),
        ("RUN echo hunter2 | docker login -u me --password-stdin", "run"),
        ("RUN docker login -u me -p hunter2 r.example", "run"),
        ("RUN sshpass -p hunter2 ssh x", "run"),
        ("RUN redis-cli -a hunter2 ping", "run"),
        ("RUN openssl rsa -in a -passin pass:hunter2", "run"),
        ('RUN curl -H "X-Api-Key: hunter2" https://x.example', "run"),
        ("RUN git clone https://bob:hunter2@git.example/x", "run"),
        ("RUN echo ${PASSWORD:-hunter2}", "run"),
        ("RUN printf 'user=a\\npassword=hunter2\\nx=y' > f", "run"),
        ("RUN <<EOF\npassword=hunter2\nEOF", "heredoc"),
        ("COPY <<EOF /app.json\n{\"password\": \"hunter2\"}\nEOF", "heredoc"),
        ("COPY <<EOF /app.yaml\napi_key: hunter2\nEOF", "heredoc"),
        ('CMD ["app", "--token", "hunter2"]', "args"),
        ('ENTRYPOINT ["app", "--token=hunter2"]', "args"),
        ("HEALTHCHECK CMD curl -u a:hunter2 http://x", "run"),
    ],
)  # fmt: skip
def test_reported(line: str, where: str) -> None:
    assert reported(f"FROM scratch\n{line}\nUSER app\n") == [("hunter2", where)]


@pytest.mark.parametrize(
    "line",
    [
        "ARG TOKEN",
        "ARG TOKEN=",
        "ENV PASSWORD=$PASSWORD TOKEN=${TOKEN}",
        "ENV PASSWORD_FILE=/run/secrets/password PATH=/bin:/usr/bin PWD=/x",
        "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
        "ENV PYTHON_SHA256=" + "0123456789abcdef" * 4,
        "ENV TOKENIZERS_PARALLELISM=false MAX_TOKENS=4096",
        "ENV PASSWORD=changeme",
        "RUN --mount=type=secret,id=token TOKEN=$(cat /run/secrets/token) make",
        "RUN TOKEN=`cat /run/secrets/token` make",
        "RUN tool --password-file /run/x --token $TOKEN --password \"$PASSWORD\" --secret --verbose",
        "RUN mysql -p\"$PW\" -p -e x",
        "RUN curl -u \"$USER:$PASSWORD\" -u me https://x",
        "RUN if [ \"$PASSWORD\" = \"\" ]; then read -p \"Password: \" PASSWORD; fi",
        "RUN echo \"$X\" | docker login --password-stdin",
        "RUN mkdir -p /var/mysql && docker run -p 80:80 login",
        "RUN echo '[client]\\naccess_key=$AWS_ACCESS_KEY\\nsecret_key=$AWS_SECRET_KEY' > f",
        "RUN apt-key adv --recv-keys 0123456789ABCDEF0123456789ABCDEF01234567",
        "RUN etcd --initial-cluster-token cluster-1",
        "COPY secrets.yaml /password/token",
        "LABEL org.opencontainers.image.documentation=https://x.example/token",
    ],
)  # fmt: skip
def test_not_reported(line: str) -> None:
    assert reported(f"FROM scratch\n{line}\nUSER app\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "# password: hunter2\nFROM x\n",
        "FROM x\nRUN a && \\\n  # token=hunter2\n  b\n",
        "FROM x\nENV PASSWORD=hun\\\nter2\n",
        "FRM x\nFOO PASSWORD=hunter2\n",
        "FROM x\nENV PASSWORD=changeme\n",
        "FROM x\nSHELL [\"x\", \"--password=hunter2\"]\n",
    ],
)  # fmt: skip
def test_hidden_though_not_reported(text: str) -> None:
    hidden = " ".join(secret for secret, _, _ in hits(text))
    assert "ter2" in hidden or "changeme" in hidden


def test_a_continued_value_is_hidden_whole() -> None:
    assert [secret for secret, _, _ in hits("FROM x\nENV PASSWORD=hun\\\nter2 A=b\n")] == ["hun\\\nter2"]


def test_only_the_name_is_told() -> None:
    ((_, _, hit),) = hits("FROM x\nENV DB_PASSWORD=hunter2\n")
    assert (hit.name, hit.kind) == ("DB_PASSWORD", "password")


@given(
    st.text(max_size=200), st.sampled_from(["ENV ", "RUN ", "ARG PASSWORD=", "RUN <<X\n", "LABEL key=", ""])
)
def test_any_text_gives_ordered_masks_inside(text: str, keyword: str) -> None:
    dockerfile = parse_dockerfile(decode("Dockerfile", (keyword + text).encode("utf-8", "surrogatepass")))
    masks = dockerfile_secrets(dockerfile)
    ends = [0, *(mask.end for mask in masks)]
    assert all(end <= mask.start < mask.end for end, mask in zip(ends, masks, strict=False))
    assert ends[-1] <= len(dockerfile.source.text)


@pytest.mark.parametrize(
    "piece",
    [
        "mysql ", "mysql -p", "curl -u ", "curl ", "echo a:b", "echo ", "chpasswd ", "password", "password=",
        "key ", "token: ", "--password ", '"password": "', "docker login ", "<<< a:", "${PASSWORD:-",
        "${PASSWORD", "PASSWORD='", "pass", "-stdin", "echo a|", "\\npassword=", "{password=",
    ],
)  # fmt: skip
def test_hostile_commands_take_linear_time(piece: str) -> None:
    text = "FROM x\nRUN " + piece * (200_000 // len(piece))
    dockerfile = parse_dockerfile(decode("Dockerfile", text.encode()))
    began = time.process_time()
    dockerfile_secrets(dockerfile)
    assert time.process_time() - began < 4
