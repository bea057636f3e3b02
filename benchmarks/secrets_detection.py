"""Tollgate's secret detection beside PyPI's detect-secrets, on a labelled list made here.

    python benchmarks/secrets_detection.py [--show]

Needs detect-secrets in the same environment. Every value is drawn from a seeded generator, so that no
live-looking token stands in this file. Prints precision, recall, time for each assignment and import
time; `--show` lists the disagreements of each tool with the labels.
"""

# ruff: noqa: E501 (the sample lists read best a line each)
from __future__ import annotations

import base64
import random
import string
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
WORD = ALNUM + "_-"


class Sample(NamedTuple):
    name: str
    value: str
    secret: bool


def draw(random_: random.Random, alphabet: str, length: int) -> str:
    return "".join(random_.choices(alphabet, k=length))


def tokens(r: random.Random) -> list[str]:
    """One token of each kind that a shape is known for."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    claims = base64.urlsafe_b64encode(f'{{"sub":"{draw(r, HEX, 12)}"}}'.encode()).decode().rstrip("=")
    pem = "PRIVATE" + " KEY"
    return [
        "AK" + "IA" + draw(r, string.ascii_uppercase + "234567", 16),
        "gh" + "p_" + draw(r, ALNUM, 36),
        "gh" + "s_" + draw(r, ALNUM, 36),
        "github" + "_pat_" + draw(r, ALNUM, 22) + "_" + draw(r, ALNUM, 59),
        "glpat" + "-" + draw(r, WORD, 20),
        "xoxb-" + draw(r, string.digits, 12) + "-" + draw(r, string.digits, 12) + "-" + draw(r, ALNUM, 24),
        "sk_" + "live_" + draw(r, ALNUM, 24),
        "AI" + "za" + draw(r, ALNUM, 35),
        "npm" + "_" + draw(r, ALNUM, 36),
        "pypi-" + "AgEIcHlwaS5vcmc" + draw(r, WORD, 90),
        "SG" + "." + draw(r, WORD, 22) + "." + draw(r, WORD, 43),
        "S" + "K" + draw(r, HEX, 32),
        "hv" + "s." + draw(r, WORD, 90),
        "dckr" + "_pat_" + draw(r, WORD, 27),
        "dop" + "_v1_" + draw(r, HEX, 64),
        f"{header}.{claims}.{draw(r, WORD, 43)}",
        f"-----BEGIN {pem}-----\n{draw(r, ALNUM, 64)}\n-----END {pem}-----",
        f"postgres://app:{draw(r, ALNUM, 12)}@db:5432/app",
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={draw(r, ALNUM, 86)}==",
        (
            "https://hooks.slack.com/services/T"
            f"{draw(r, HEX, 8).upper()}/B{draw(r, HEX, 8).upper()}/{draw(r, ALNUM, 24)}"
        ),
    ]


SECRET_NAMES = (
    "DB_PASSWORD POSTGRES_PASSWORD MYSQL_ROOT_PASSWORD PGPASSWORD MYSQL_PWD REDIS_PASS API_KEY STRIPE_API_KEY "
    "GITHUB_TOKEN NPM_TOKEN AUTH_TOKEN CLIENT_SECRET JWT_SECRET SECRET_KEY_BASE AWS_SECRET_ACCESS_KEY ENCRYPTION_KEY "
    "adminPassword db.password client-secret KEYSTORE_PASSWORD"
).split()
PLAIN_NAMES = "CONFIG VALUE DATA SETTING EXTRA OPTIONS URL INPUT".split()
INNOCENT_NAMES = (
    "PASSWORD_FILE TOKEN_PATH SECRET_NAME KEY_ID PUBLIC_KEY TOKEN_TTL PASSWORD_POLICY TOKEN_ENDPOINT TOKENIZER KEYRING "
    "SECRET_VERSION GPG_KEY PYTHON_SHA256 PASSWORD_LENGTH AUTH_URL MONKEY COMPASS_HOME"
).split()
PLACEHOLDERS = (
    "changeme|<password>|${DB_PASSWORD}|$DB_PASSWORD|$(DB_PASSWORD)|{{ .Values.password }}|xxxxxx|******|your-token-here|"
    "REPLACE_ME|example|/run/secrets/password|./certs/key.pem|vault:secret/data/app#x|op://vault/item/field|"
    "ref+awsssm://a/b|true|false|none||3600|30s|https://auth.example.com/token|com.example.auth.TokenProvider"
).split("|")


def ordinary(r: random.Random) -> list[Sample]:
    """What stands in honest files: names that tell nothing, or values that cannot be secret."""
    uuid = "-".join(draw(r, HEX, n) for n in (8, 4, 4, 4, 12))
    return [
        Sample("IMAGE", f"docker.io/library/python@sha256:{draw(r, HEX, 64)}", False),
        Sample("PYTHON_SHA256", draw(r, HEX, 64), False),
        Sample("GPG_KEY", draw(r, HEX, 40).upper(), False),
        Sample("COMMIT", draw(r, HEX, 40), False),
        Sample("REQUEST_ID", uuid, False),
        Sample("JAVA_OPTS", f"-Xmx{r.randint(1, 9)}g -XX:+UseG1GC", False),
        Sample("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin", False),
        Sample("MAIN_CLASS", "com.example.orders.service.OrderApplication", False),
        Sample("REPLICAS", str(r.randint(1, 99)), False),
        Sample("DATABASE_URL", f"postgres://db-{r.randint(1, 9)}.prod.svc.cluster.local:5432/app", False),
        Sample("NODE", f"ip-10-0-{r.randint(0, 255)}-{r.randint(0, 255)}.eu-west-1.compute.internal", False),
        Sample("BUCKET", f"team-artifacts-eu-west-{r.randint(1, 9)}-production", False),
        Sample("CONFIG_HASH", draw(r, HEX, 64), False),
        Sample("LOG_FORMAT", "%(asctime)s %(levelname)s %(message)s", False),
        Sample("FEATURE_NEW_CHECKOUT", "enabled", False),
        Sample("SERVICE_ACCOUNT", f"builder-{r.randint(1, 999)}@project.iam.gserviceaccount.com", False),
    ]


def samples(seed: int = 20261123) -> list[Sample]:
    r = random.Random(seed)
    made: list[Sample] = []
    for _ in range(6):
        made += [Sample(r.choice(PLAIN_NAMES), token, True) for token in tokens(r)]
        for name in SECRET_NAMES:
            value = r.choice(
                [
                    draw(r, HEX, 32),
                    draw(r, ALNUM, 24),
                    f"{r.choice(['Summer', 'tiger', 'S3cure'])}{r.randint(10, 99)}!",
                ]
            )
            made.append(Sample(name, value, True))
        made += [Sample(r.choice(SECRET_NAMES), value, False) for value in PLACEHOLDERS]
        made += [
            Sample(name, r.choice([draw(r, HEX, 40).upper(), "some-name", "/etc/app/x"]), False)
            for name in INNOCENT_NAMES
        ]
        made += ordinary(r)
    return made


def by_tollgate(sample: Sample) -> bool:
    from tollgate.checks.secrets import secret_in_assignment

    return secret_in_assignment(sample.name, sample.value) is not None


def by_detect_secrets(sample: Sample) -> bool:
    """Every plugin, on the line as it stands in an `.env` file."""
    from detect_secrets.core.scan import scan_line

    lines = f"{sample.name}={sample.value}".splitlines()
    return any(True for line in lines for _ in scan_line(line))


def by_detect_secrets_quoted(sample: Sample) -> bool:
    """The same on `NAME: "value"`, the form that its keyword and entropy plugins know best."""
    from detect_secrets.core.scan import scan_line

    lines = f'{sample.name}: "{sample.value}"'.splitlines()
    return any(True for line in lines for _ in scan_line(line))


def measure(title: str, found: Callable[[Sample], bool], made: list[Sample], *, show: bool) -> None:
    found(made[0])
    began = time.process_time()
    answers = [found(sample) for sample in made]
    each = (time.process_time() - began) / len(made) * 1e6
    true = sum(answer and sample.secret for answer, sample in zip(answers, made, strict=True))
    reported, secrets = sum(answers), sum(sample.secret for sample in made)
    print(
        f"{title:32} precision {true / max(reported, 1):6.1%}  recall {true / secrets:6.1%}  {each:7.0f} µs each"
    )
    for answer, sample in zip(answers, made, strict=True):
        if show and answer != sample.secret:
            print("   missed" if sample.secret else "   false ", sample.name, repr(sample.value[:50]))


def import_time(statement: str) -> float:
    """Milliseconds of processor time beyond a bare interpreter, the least of seven runs."""

    def least(code: str) -> float:
        script = f"import time; {code}; print(time.process_time())"
        runs = [
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
            for _ in range(7)
        ]
        return min(map(float, runs)) * 1000

    return least(statement) - least("pass")


def main() -> None:
    from detect_secrets.settings import default_settings

    made = samples()
    show = "--show" in sys.argv
    print(f"{sum(s.secret for s in made)} secrets, {sum(not s.secret for s in made)} others")
    measure("tollgate", by_tollgate, made, show=show)
    with default_settings():
        measure("detect-secrets, NAME=value", by_detect_secrets, made, show=show)
        measure('detect-secrets, NAME: "value"', by_detect_secrets_quoted, made, show=show)
    print(
        f"import, tollgate.checks.secrets  {import_time('import tollgate.checks.secrets'):6.1f} ms (with re)"
    )
    scan = (
        "from detect_secrets.core.scan import scan_line; from detect_secrets.settings import default_settings"
    )
    use = f"exec({scan!r} + '\\nwith default_settings(): list(scan_line(\"a=b\"))')"
    print(
        f"import, detect-secrets           {import_time(scan):6.1f} ms; with its plugins {import_time(use):6.1f} ms"
    )
    print(f"import, re                       {import_time('import re'):6.1f} ms")


if __name__ == "__main__":
    main()
