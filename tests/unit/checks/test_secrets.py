"""Tokens are put together at run time, so that no file of ours looks like it leaks one."""

from __future__ import annotations

import base64
import random
import string
import time
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from tollgate.checks.secret_names import STEMS, telling
from tollgate.checks.secrets import judge_assignment, secret_in_assignment, secrets_in_text

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def drawn(alphabet: str, length: int, seed: int = 7) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


def tokens() -> list[tuple[str, str]]:
    word = ALNUM + "_-"
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b'{"sub":"builder","iat":1516239022}').decode().rstrip("=")
    return [
        ("AWS access key", "AK" + "IA" + drawn(string.ascii_uppercase + "234567", 16)),
        ("GitHub token", "gh" + "p_" + drawn(ALNUM, 36)),
        ("GitHub token", "github" + "_pat_" + drawn(ALNUM, 22) + "_" + drawn(ALNUM, 59)),
        ("GitLab token", "glpat" + "-" + drawn(word, 20)),
        ("Slack token", "xox" + "b-" + drawn(string.digits, 12) + "-" + drawn(ALNUM, 24)),
        ("Stripe key", "sk_" + "live_" + drawn(ALNUM, 24)),
        ("Google API key", "AI" + "za" + drawn(ALNUM, 35)),
        ("npm token", "npm" + "_" + drawn(ALNUM, 36)),
        ("PyPI token", "pypi-" + "AgEIcHlwaS5vcmc" + drawn(word, 80)),
        ("SendGrid key", "SG" + "." + drawn(word, 22) + "." + drawn(word, 43)),
        ("Twilio key", "S" + "K" + drawn(HEX, 32)),
        ("Vault token", "hv" + "s." + drawn(word, 90)),
        ("Docker Hub token", "dckr" + "_pat_" + drawn(word, 27)),
        ("DigitalOcean token", "dop" + "_v1_" + drawn(HEX, 64)),
        ("age key", "AGE-SECRET" + "-KEY-1" + drawn("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
        ("JSON web token", f"{header}.{body}.{drawn(word, 43)}"),
        ("Azure client secret", "a1b8" + "Q~" + drawn(ALNUM, 34)),
        ("Telegram token", ":" + "AA" + drawn(word, 33)),
        ("Terraform token", drawn(ALNUM, 14) + ".atlas" + "v1." + drawn(word, 67)),
    ]


@pytest.mark.parametrize(("kind", "token"), tokens())
@pytest.mark.parametrize(
    "frame", ["{}", "x: {}\n", '{{"t":"{}"}}', "# note {}, é", "a\U0001f600={}", "https://{}@github.com/x"]
)
def test_tokens_are_found_wherever_they_stand(kind: str, token: str, frame: str) -> None:
    text = frame.format(token)
    hits = secrets_in_text(text)
    assert [(text[hit.start : hit.end].endswith(token[-12:]), hit.reported) for hit in hits] == [(True, True)]
    assert "@" in frame or (hits[0].kind, hits[0].end - hits[0].start) == (kind, len(token))


def pair(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:s3cr;et@db:5432/x", "s3cr;et"),
        ("amqp://app:p@ss@mq/", "p@ss"),
        ("redis://:hunter2@cache", "hunter2"),
        ("Authorization: Bearer " + "aZ9" * 10, "aZ9" * 10),
        ("authorization: Basic " + pair("app", "hunter2"), pair("app", "hunter2")),
        ('{"auths":{"r":{"auth": "' + pair("app", "hunter2") + '"}}}', pair("app", "hunter2")),
        (
            '"{\\"auths\\":{\\"r\\":{\\"auth\\":\\"' + pair("app", "hunter2") + '\\"}}}"',
            pair("app", "hunter2"),
        ),
        (
            "//registry.npmjs.org/:_authToken=0a1b2c3d-0000-1111-2222-333344445555",
            "0a1b2c3d-0000-1111-2222-333344445555",
        ),
        ("x;AccountKey=" + "aB3/" * 21 + "ab==;y", "aB3/" * 21 + "ab=="),
        (
            "https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/" + "aB3" * 8,
            "T0A1B2C3D/B0A1B2C3D/" + "aB3" * 8,
        ),
    ],
)
def test_only_the_secret_part_is_the_hit(text: str, secret: str) -> None:
    assert [text[hit.start : hit.end] for hit in secrets_in_text(text)] == [secret]


@pytest.mark.parametrize(
    "kind", ["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
)
@pytest.mark.parametrize("line", ["\n", "\r\n", "\\n", "\n    "])
def test_private_keys_are_masked_whole(kind: str, line: str) -> None:
    body = line.join(["MIIEvQIBADANBgkq", "hkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIB"])
    text = f"key: -----BEGIN {kind}-----{line}{body}{line}-----END {kind}-----{line}more: yes"
    (hit,) = secrets_in_text(text)
    assert hit.kind == "private key"
    assert text[hit.start : hit.end].strip().rstrip("\\n").strip() == body


def test_a_private_key_without_end_is_masked_up_to_the_end() -> None:
    text = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n"
    (hit,) = secrets_in_text(text)
    assert "MIIEvQIBADANBgkq" in text[hit.start : hit.end]


@pytest.mark.parametrize(
    "text",
    [
        "FROM docker://app:1.2@sha256:" + "ab" * 32,
        "https://example.com/a:b/@x",
        "ssh://git@github.com/x",
        "https://$USER:$PASSWORD@host/",
        "https://{{ user }}:{{ password }}@host",
        "-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkq\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkq\n-----END CERTIFICATE-----",
        "image: app@sha256:" + "0123456789abcdef" * 4,
        "basic authorization and a bearer of news",
        "task-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "disk-0123456789abcdef0123456789abcdef0123",
        "checksum: ABASK0123456789abcdef0123456789abcdef",
    ],
)
def test_what_is_no_token(text: str) -> None:
    assert secrets_in_text(text) == []


def test_examples_are_hidden_and_not_reported() -> None:
    (hit,) = secrets_in_text("AK" + "IAIOSFODNN7EXAMPLE")
    assert not hit.reported
    (hit,) = secrets_in_text("postgres://user:password@localhost/db")
    assert not hit.reported


NAMES_STRONG = """
    PASSWORD DB_PASSWORD dbPassword db-password spring.datasource.password PGPASSWORD MYSQL_PWD PASSWD
    GITHUB_TOKEN token API_KEY apiKey APIKEY X-API-KEY AWS_SECRET_ACCESS_KEY SECRET_KEY_BASE
    KEYSTORE_PASSWORD PASSWORD_2 clientSecret CREDENTIALS connectionString GPG_PRIVATE_KEY gpgPassphrase
    NODE_AUTH_TOKEN ENCRYPTION_KEY
"""
NAMES_WEAK = "KEY AUTH BASIC_AUTH SALT LICENSE_KEY clientsecret"
NAMES_NONE = """
    PWD OLDPWD TOKENIZER TOKENIZERS_PARALLELISM KEYRING PASSWORD_FILE TOKEN_PATH secretName secretKeyRef
    AWS_ACCESS_KEY_ID PUBLIC_KEY NEXT_PUBLIC_TOKEN GPG_KEY GPG_KEYS PYTHON_SHA256 TOKEN_TTL
    SECRET_VERSION PASSWORD_LENGTH PASSWORD_POLICY TOKEN_ENDPOINT AUTH_URL monkey COMPASS PASSTHROUGH
    MAX_TOKENS keyId tokenExpirationSeconds
"""


def test_names() -> None:
    for name in NAMES_STRONG.split():
        said = telling(name)
        assert said is not None, name
        assert said.strength == "strong", name
        assert any(stem in name.lower() for stem in STEMS), name
    for name in NAMES_WEAK.split():
        said = telling(name)
        assert said is not None, name
        assert said.strength == "weak", name
    for name in NAMES_NONE.split():
        assert telling(name) is None, name


REPORTED = [
    ("DB_PASSWORD", "hunter2"),
    ("DB_PASSWORD", "123456"),
    ("DB_PASSWORD", "p@ss word"),
    ("PASSWORD", "correct horse battery staple"),
    ("GITHUB_TOKEN", "test"),
    ("CLIENT_SECRET", "0a1b2c3d-0000-1111-2222-333344445555"),
    ("AWS_SECRET_ACCESS_KEY", "/" + drawn(ALNUM, 39)),
    ("API_KEY", drawn(HEX, 32)),
    ("KEY", drawn(ALNUM, 32)),
    ("LICENSE_KEY", drawn(HEX, 40)),
    ("PASSWORD", "${DB_PASSWORD:-hunter2}"),
    ("PASSWORD", '"hunter2"'),
    ("password", "supersecret"),
    ("DATABASE_URL", "postgres://app:hunter2@db/x"),
    ("ANYTHING", "gh" + "p_" + drawn(ALNUM, 36)),
]
NOT_REPORTED = [
    ("PASSWORD", ""),
    ("PASSWORD", '""'),
    ("PASSWORD", "changeme"),
    ("PASSWORD", "change-me-please"),
    ("PASSWORD", "<password>"),
    ("PASSWORD", "${PASSWORD}"),
    ("PASSWORD", "$PASSWORD"),
    ("PASSWORD", "$(PASSWORD)"),
    ("PASSWORD", "{{ .Values.password }}"),
    ("PASSWORD", "${PASSWORD:-changeme}"),
    ("PASSWORD", "your-password-here"),
    ("PASSWORD", "xxxxxx"),
    ("PASSWORD", "******"),
    ("PASSWORD", "example"),
    ("PASSWORD", "REPLACE_ME"),
    ("PASSWORD", "true"),
    ("PASSWORD", "/run/secrets/password"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "./app/service.json"),
    ("TOKEN", "vault:secret/data/app#token"),
    ("TOKEN", "op://vault/item/token"),
    ("TOKEN", "ref+awsssm://app/token"),
    ("TOKEN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"),
    ("TOKEN", "GITHUB_TOKEN"),
    ("TOKEN", "3600"),
    ("TOKEN", "30s"),
    ("TOKEN", "com.example.auth.TokenProvider"),
    ("TOKEN", "https://auth.example.com/token"),
    ("SECRET", "sha256:" + "ab" * 32),
    ("KEY", "primary"),
    ("KEY", "0a1b2c3d-0000-1111-2222-333344445555"),
    ("SIGNING_KEY", "ssh-rsa AAAAB3NzaC1yc2E"),
    ("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"),
    ("PYTHON_SHA256", "ab" * 32),
    ("TOKENIZERS_PARALLELISM", "false"),
    ("DATABASE_URL", "postgres://db/x"),
    ("PASSWORD_FILE", "hunter2"),
    ("KEY_LIST", "prod-eu-west-1-cluster-main"),
]


@pytest.mark.parametrize(("name", "value"), REPORTED)
def test_secrets_in_assignments(name: str, value: str) -> None:
    verdict = secret_in_assignment(name, value)
    assert verdict is not None
    assert verdict.reported
    assert value[verdict.start : verdict.end] not in verdict.kind


@pytest.mark.parametrize(("name", "value"), NOT_REPORTED)
def test_what_is_no_secret(name: str, value: str) -> None:
    assert secret_in_assignment(name, value) is None


def test_the_span_is_the_value_alone() -> None:
    for value, secret in [
        ('"hunter2"', "hunter2"),
        ("${A:-hunter2}", "hunter2"),
        ("x://a:hunter2@h", "hunter2"),
    ]:
        verdict = secret_in_assignment("PASSWORD", value)
        assert verdict is not None
        assert value[verdict.start : verdict.end] == secret


def test_a_placeholder_is_hidden_though_not_reported() -> None:
    (verdict,) = judge_assignment("PASSWORD", "changeme")
    assert not verdict.reported
    assert judge_assignment("PASSWORD", "${PASSWORD}") == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_judged_and_spans_are_inside(name: str, value: str) -> None:
    for verdict in judge_assignment(name, value):
        assert 0 <= verdict.start < verdict.end <= len(value)
    hits = secrets_in_text(value)
    assert all(a.end <= b.start for a, b in pairwise(hits))


@given(st.text(max_size=40), st.sampled_from(tokens()), st.text(max_size=40))
def test_a_token_between_anything_is_hidden(before: str, token: tuple[str, str], after: str) -> None:
    text = f"{before} {token[1]} {after}"
    start = len(before) + 1
    hidden = [hit for hit in secrets_in_text(text) if hit.start < start + len(token[1]) and hit.end > start]
    assert hidden


HOSTILE = [
    "a", "a:", "://", "x://a:", "@", "eyJ", "eyJa.", ".eyJaaaaaaaaaa", "PRIVATE KEY",
    "-----BEGIN PRIVATE KEY-----", "$2a$10$", "$6$a$", "Bearer ", "Basic AAAA", "asic a", "auth\"",
    "auth\": \"", "_authToken=", "ghp_", "glpat-", "-glpat-a", "SG.", "Q~", ".atlasv1.", "SK0", "sig=",
    "xoxb-", "A", "0", "=", "${", "{{", "\\n", "-", " -", "hooks.slack.com/", "sk-", ":AA", "AccountKey=",
    "\xe9", "\udc80",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    secrets_in_text(text)
    judge_assignment("PASSWORD", text)
    assert time.process_time() - began < 3
