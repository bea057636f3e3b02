from __future__ import annotations

import string
import time

import pytest
from hypothesis import given, strategies as st

from tollgate.checks.secret_hits import SecretHit
from tollgate.checks.secrets_yaml import yaml_secrets
from tollgate.model.source import decode
from tollgate.parsers.yaml import parse_yaml

TOKEN = "gh" + "p_" + (string.ascii_letters + string.digits)[:36]
POD = """apiVersion: v1
kind: Pod
metadata: {{name: x}}
spec:
  containers:
    - name: web
      image: nginx
{}
"""


def hits(text: str) -> list[tuple[str, str, SecretHit]]:
    """For each: the hidden text, where it stands, the hit."""
    yaml = parse_yaml(decode("x.yaml", text.encode("utf-8", "surrogatepass")))
    source = yaml.source.text
    return [(source[hit.start : hit.end], hit.where, hit) for hit in yaml_secrets(yaml)]


def reported(text: str) -> list[tuple[str, str]]:
    return [(secret, where) for secret, where, hit in hits(text) if hit.reported]


@pytest.mark.parametrize(
    ("lines", "secret", "where"),
    [
        ("env: [{name: DB_PASSWORD, value: hunter2}]", "hunter2", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: hunter2 # note", "hunter2", "env"),
        ("env:\n- value: 'hunter2'\n  name: DB_PASSWORD", "hunter2", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: |\n    hunter2", "hunter2", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: \"hun\\u0074er2\"", "hun\\u0074er2", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: 'it''s'", "it''s", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: staple\n    battery", "staple\n          battery", "env"),
        ("env:\n- name: DB_PASSWORD\n  value: 123456", "123456", "env"),
        ("env:\n- name: URL\n  value: postgres://app:hunter2@db/x", "hunter2", "env"),
        (f"env:\n- name: ANY\n  value: {TOKEN}", TOKEN, "env"),
        ("env:\n- name: \"PASS\\x57ORD\"\n  value: hunter2", "hunter2", "env"),
        ("args: [--password=hunter2, --other]", "hunter2", "args"),
        ("args: [--token, hunter2]", "hunter2", "args"),
        ("args:\n- --db-password\n- hunter2", "hunter2", "args"),
        ("command:\n- sh\n- -c\n- |\n  export TOKEN=hunter2\n  make", "hunter2", "args"),
        ("command: [sh, -c, \"curl -u a:hunter2 http://x\"]", "hunter2", "args"),
        ("livenessProbe: {exec: {command: [sh, -c, mysqladmin -phunter2 ping]}}", "hunter2", "args"),
        (f"workingDir: /x/{TOKEN}", TOKEN, "text"),
    ],
)  # fmt: skip
def test_reported_in_pods(lines: str, secret: str, where: str) -> None:
    indented = "\n".join("      " + line for line in lines.split("\n"))
    assert reported(POD.format(indented)) == [(secret, where)]


@pytest.mark.parametrize(
    "lines",
    [
        "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]",
        "env: [{name: DB_PASSWORD, value: $(OTHER)}, {name: TOKEN, value: ''}, {name: SECRET, value:}]",
        "env: [{name: PASSWORD_FILE, value: /run/x}, {name: ALLOW_EMPTY_PASSWORD, value: 'yes'}]",
        "env: [{name: PASSWORD, value: changeme}, {name: TOKEN, value: '<token>'}]",
        "args: [--token, --verbose, --password-file, /run/x, --key, '', --token=$(TOKEN)]",
        "volumeMounts: [{name: token, mountPath: /var/run/secrets/token}]",
    ],
)
def test_not_reported_in_pods(lines: str) -> None:
    assert reported(POD.format("      " + lines)) == []


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}\n"


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        ("  password: hunter2", "hunter2"),
        ("  app.properties: |\n    a=b\n    db.password=hunter2 is good\n    c=d", "hunter2 is good"),
        ("  app.yaml: |\n    db:\n      password: hunter2  # note", "hunter2"),
        ("  app.json: '{\"a\": {\"apiKey\": \"hunter2\"}, \"b\": 1}'", "hunter2"),
        ("  app.json: \"{\\\"apiKey\\\": \\\"hunter2\\\"}\"", "hunter2"),
        ("  app.json: |\n    {\"apiKey\": \"hunter2\"}", "hunter2"),
        ("  .env: |\n    export TOKEN=\"hunter2\"", "hunter2"),
        ("  app.ini: |\n    [db]\n    password = hunter2", "hunter2"),
        ("  dsn: Server=x;Password=hunter2;Database=y", "hunter2"),
    ],
)  # fmt: skip
def test_reported_in_config_maps(data: str, secret: str) -> None:
    assert reported(CONFIG.format(data)) == [(secret, "configmap")]


def test_private_keys_in_config_maps() -> None:
    data = "  id: |\n    -----BEGIN PRIVATE KEY-----\n    MIIEvQIBADANBgkq\n    -----END PRIVATE KEY-----"
    assert [(secret.strip(), where) for secret, where in reported(CONFIG.format(data))] == [
        ("MIIEvQIBADANBgkq", "configmap")
    ]


def test_a_config_file_under_a_telling_key_is_no_secret() -> None:
    assert (
        reported(CONFIG.format("  secrets.yaml: |\n    a: b\n    c: d\n  password-policy: |\n    x\n    y"))
        == []
    )


@pytest.mark.parametrize("word", ["false", "true", "null"])
def test_a_word_of_json_is_no_secret_whatever_follows_it(word: str) -> None:
    text = f'{{\n "kind": "Pod",\n "automountServiceAccountToken": {word},\n "of": {{"secret": {word} }} }}'
    assert hits(text) == []


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"


def test_everything_in_a_secret_is_hidden() -> None:
    text = (
        SECRET
        + 'data: {a: aHVudGVyMg==, b: }\nstringData:\n  c: x\n  d: |\n    one\n    two\n  e: "th\\"ree"\n'
    )
    found = hits(text)
    assert [secret for secret, _, _ in found] == ["aHVudGVyMg==", "x", "one\n    two", 'th\\"ree']
    assert {(where, hit.reported) for _, where, hit in found} == {("secret-object", False)}


def test_a_list_of_secrets_is_hidden() -> None:
    text = "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: s}\n  data: {a: aHVudGVyMg==}\n"
    assert [secret for secret, _, _ in hits(text)] == ["aHVudGVyMg=="]


@pytest.mark.parametrize(
    "text",
    [
        SECRET + "data:\n  a: aHVudGVyMg==\n  b: {{ x }}\n",
        SECRET + "data:\n  a: aHVudGVyMg==\n  a: b\n",
        SECRET + "data:\n  a: &x aHVudGVyMg==\n  b: *x\n",
        SECRET + "data: {a: aHVudGVyMg==\n",
        "# password: aHVudGVyMg==\n" + POD.format(""),
        POD.format("      env: [{name: PASSWORD, value: aHVudGVyMg==}") + "  ]]",
        "apiVersion: x/v1\nkind: Custom\nspec: {adminPassword: aHVudGVyMg==}\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: '{\"password\":\"aHVudGVyMg==\"}'\n",
        f"kind: Secret\nmetadata:\n  annotations: {{{LAST_APPLIED}: '{{\"a\":\"aHVudGVyMg==\"}}'}}\n",
        "spec: {passwords: [a, aHVudGVyMg==]}\n",
        "spec:\n  password:\n  - aHVudGVyMg==\n",
        "kind: Kustomization\nsecretGenerator: [{literals: [password=aHVudGVyMg==]}]\n",
    ],
)  # fmt: skip
def test_hidden_wherever_it_stands(text: str) -> None:
    yaml = parse_yaml(decode("x.yaml", text.encode()))
    at = yaml.source.text.index("aHVudGVyMg==")
    assert any(mask.start <= at and at + 12 <= mask.end for mask in yaml_secrets(yaml))


def test_names_of_objects_are_not_hidden() -> None:
    spec = "{tlsSecret: web-tls, secretName: web, imagePullSecret: regcred}"
    assert hits(f"apiVersion: x/v1\nkind: Custom\nspec: {spec}\n") == []


def test_lists_of_names_are_not_hidden() -> None:
    assert (
        hits("services:\n  a:\n    secrets: [db_password, Web_Tls]\n    credentials:\n    - Role_A\n") == []
    )


def test_a_token_behind_escapes_is_found_anywhere() -> None:
    text = f'apiVersion: x/v1\nkind: Custom\nspec: ["g\\x68{TOKEN[2:]}"]\n'
    assert [where for _, where in reported(text)] == ["text"]


def test_an_aliased_value_is_reported_at_its_anchor_once() -> None:
    lines = "      env: [{name: A_TOKEN, value: &t hunter2}, {name: B_TOKEN, value: *t}]"
    assert reported(POD.format(lines)) == [("hunter2", "env")]


@given(
    st.text(max_size=200),
    st.sampled_from(
        [SECRET + "data:\n  a: ", POD.format("      env: "), CONFIG.format(""), "kind: Secret\n", ""]
    ),
)
def test_any_text_gives_ordered_masks_inside(text: str, head: str) -> None:
    yaml = parse_yaml(decode("x.yaml", (head + text).encode("utf-8", "surrogatepass")))
    masks = yaml_secrets(yaml)
    ends = [0, *(mask.end for mask in masks)]
    assert all(end <= mask.start < mask.end for end, mask in zip(ends, masks, strict=False))
    assert ends[-1] <= len(yaml.source.text)


@pytest.mark.parametrize(
    "piece",
    [
        "password: x\n",
        "password: ",
        "password=",
        "- name: A\n",
        "{a: ",
        "? ",
        "\\\\",
        "data:\n",
        "token: {\n",
        "  data:\n   x\n",
        "pass;",
    ],
)
def test_hostile_lines_take_linear_time(piece: str) -> None:
    text = "kind: Secret\n" + piece * (150_000 // len(piece)) + "{{"
    yaml = parse_yaml(decode("x.yaml", text.encode()))
    began = time.process_time()
    yaml_secrets(yaml)
    assert time.process_time() - began < 4


def test_shared_nodes_are_visited_once() -> None:
    text = "a0: &a0 {env: [{name: TOKEN, value: hunter2}]}\n"
    text += "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    yaml = parse_yaml(decode("x.yaml", text.encode()))
    began = time.process_time()
    yaml_secrets(yaml)
    assert time.process_time() - began < 1


def test_a_flow_mapping_is_no_value_but_its_own_are() -> None:
    named = parse_yaml(decode("x.yaml", b"volumes: [{name: a, secret: {secretName: web-tls, items: []}}]\n"))
    assert yaml_secrets(named) == []
    text = "a: [\nsecret: {password: hunter2xyz, more: 1}\n"
    masked = [
        text[mask.start : mask.end] for mask in yaml_secrets(parse_yaml(decode("x.yaml", text.encode())))
    ]
    assert len(masked) == 1
    assert masked[0].startswith("hunter2xyz")
