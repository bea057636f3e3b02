"""Files that hold credentials, copied or written into an image."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.run_texts import in_final_chain, instruction_of, later_commands, next_that
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.dockerfile_fields import chain_of
from tollgate.model.finding import Problem
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.target import Target

_FILES: dict[str, str] = {
    ".npmrc": "npm's settings, with the token of the registry",
    ".yarnrc.yml": "Yarn's settings, with the token of the registry",
    ".netrc": "passwords for servers",
    "_netrc": "passwords for servers",
    ".pypirc": "the password for a package index",
    ".git-credentials": "passwords for Git servers",
    ".pgpass": "passwords for databases",
    ".my.cnf": "the password for a database",
    ".dockercfg": "passwords for registries",
    ".s3cfg": "access keys",
    ".boto": "access keys",
    ".env": "settings with secrets",
    ".vault-token": "a token for Vault",
    "id_rsa": "a private key",
    "id_dsa": "a private key",
    "id_ecdsa": "a private key",
    "id_ed25519": "a private key",
    "kubeconfig": "credentials for a cluster",
    ".htpasswd": "passwords",
}
_FOLDERS: dict[str, str] = {
    ".aws": "access keys",
    ".ssh": "private keys",
    ".gnupg": "private keys",
    ".kube": "credentials for a cluster",
    ".azure": "access tokens",
    ".docker": "passwords for registries",
}
_ENDINGS: dict[str, str] = {
    ".key": "a private key",
    ".p12": "a private key",
    ".pfx": "a private key",
    ".jks": "private keys",
    ".keystore": "private keys",
    ".ppk": "a private key",
    ".kdbx": "passwords",
}
_OFTEN_HARMLESS = frozenset({".npmrc", ".yarnrc.yml", ".env"})
"""Files that need not hold a secret: said only where they come into the final image."""
_HARMLESS = re.compile(
    r"(?:known_hosts|authorized_keys|\.pub|public\.key|\.(?:example|sample|template|dist))\Z"
)
_KEY_RING = re.compile(r"/apt/|keyring|rpm-gpg|trusted|/etc/apk/keys|public", re.IGNORECASE)
"""Where the public keys of package sources go."""
_TOKEN = re.compile(
    r"\$\{?\w{0,80}(?:TOKEN|PASSW(?:OR)?D|PASS\b|SECRET|_KEY\b|CREDENTIAL|_PAT\b|_AUTH\b)", re.IGNORECASE
)
_WITH_USER = re.compile(r"https?://[^/\s\"']{0,200}\$[^/\s\"']{0,200}@", re.IGNORECASE)


def _kind(path: str) -> tuple[str, str] | None:
    """The telling part of a path and what such a file holds."""
    parts = [part for part in re.split(r"[/\\]+", path.strip("\"'")) if part not in {"", "."}]
    if not parts or _HARMLESS.search(parts[-1]):
        return None
    name = parts[-1].rstrip("*")
    for part in parts:
        if part in _FOLDERS:
            return part, _FOLDERS[part]
    if name in _FILES:
        return name, _FILES[name]
    ending = next((ending for ending in _ENDINGS if name.lower().endswith(ending)), None)
    return None if ending is None else (name, _ENDINGS[ending])


def copied(target: Target, _context: Context) -> Iterator[Problem]:
    """A COPY or ADD brings in a file that is made to hold credentials."""
    assert isinstance(target, Instruction)
    stage = target.stage
    is_shipped = target.outer is not None or (
        stage is not None and stage in chain_of(target.dockerfile.stages[-1])
    )
    if stage is None or (target.flag("from") is not None and not is_shipped):
        return
    is_public = target.words and _KEY_RING.search(str(target.words[-1].value))
    for word in target.words[:-1]:
        text = str(word.value)
        found = None if text.startswith("<<") or "://" in text else _kind(text)
        if found is None or (not is_shipped and found[0] in _OFTEN_HARMLESS):
            continue
        if is_public and found[0].lower().endswith(".key"):
            continue
        fields = {"keyword": target.keyword, "file": found[0], "holds": found[1]}
        yield Problem(
            word.start, word.end, fields=fields, key=found[0], severity=None if is_shipped else "note"
        )


def written(target: Target, _context: Context) -> Iterator[Problem]:
    """A command writes a token into such a file, or an address that git keeps, and nothing removes it."""
    assert isinstance(target, Command)
    if instruction_of(target) is None or not in_final_chain(target):
        return
    later = later_commands(target)
    for redirect in target.redirects:
        name = target.script.slice(redirect.target.start, redirect.target.end).strip("\"'").rpartition("/")[2]
        if redirect.operator not in {">", ">>", ">|"} or name not in _FILES or _is_deleted(later, name):
            continue
        bodies = [target.script.slice(*item.body) for item in target.redirects if item.body is not None]
        if _TOKEN.search(target.text) or any(_TOKEN.search(body) for body in bodies):
            start, end = redirect.target.start, redirect.target.end
            yield Problem(start, end, fields={"file": name, "holds": _FILES[name]}, key=name)
    if target.name == "git" and any(
        word.value in {"clone", "remote", "submodule"} for word in target.arguments
    ):
        for word in target.arguments:
            text = target.script.slice(word.start, word.end)
            if _WITH_USER.search(text) and not _is_deleted(later, ".git"):
                yield Problem(
                    word.start, word.end, fields={"file": ".git/config", "holds": "the address"}, key="git"
                )


def _is_deleted(later: tuple[Command, ...], name: str) -> bool:
    """Whether a later command removes the file, or what it stands in, or gives git another address."""
    for command in later:
        if command.name in {"rm", "shred"} and any(name in str(word.value) for word in command.arguments):
            return True
        if command.name == "git" and any(word.value == "set-url" for word in command.arguments):
            return True
    return False


_NAMED = frozenset(
    {"GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE", "AZURE_CLIENT_CERTIFICATE_PATH"}
)
_HANDED_IN = re.compile(
    r"/(?:run|var/run|secrets?|etc/secrets?|vault|mnt|tmp|dev)(?:/|\Z)|.*\$|.*secret", re.IGNORECASE
)
"""Where files are mounted at run time rather than shipped."""


def named(target: Target, _context: Context) -> Iterator[Problem]:
    """A variable says that the key file of a cloud account lies in the image."""
    assert isinstance(target, Instruction)
    for pair in target.pairs:
        path = pair.value.value if pair.value is not None else None
        if pair.key.value not in _NAMED or not isinstance(path, str) or not path.strip("\"'"):
            continue
        if not _HANDED_IN.match(path.strip("\"'")):
            assert pair.value is not None
            fields = {"variable": pair.key.value, "path": path.strip("\"'")}
            yield Problem(pair.value.start, pair.value.end, fields=fields, key=str(pair.key.value))


_LOGINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "gcloud": (("auth", "activate-service-account"), ("auth", "login")),
    "docker": (("login",),),
    "podman": (("login",),),
    "az": (("login",), ("acr", "login")),
    "aws": (("configure", "set"),),
    "heroku": (("login",), ("auth:login",)),
    "npm": (("login",), ("adduser",)),
    "gh": (("auth", "login"),),
    "helm": (("registry", "login"),),
    "kubectl": (("config", "set-credentials"),),
    "huggingface-cli": (("login",),),
    "hf": (("auth", "login"),),
}
"""Commands that store what they are given in the user's folder."""


def logs_in(target: Target, _context: Context) -> Iterator[Problem]:
    """A step logs in somewhere, and the program keeps the credentials in a file of the layer."""
    assert isinstance(target, Command)
    forms = _LOGINS.get(target.name)
    if forms is None or instruction_of(target) is None or not in_final_chain(target):
        return
    words = [str(word.value) for word in target.arguments if not str(word.value).startswith("-")]
    form = next((one for one in forms if tuple(words[: len(one)]) == one), None)
    if form is None or next_that(target, _forgets) is not None:
        return
    start, end = target.grip()
    last = next(word for word in target.arguments if word.value == form[-1])
    yield Problem(
        start, max(end, last.end), fields={"command": f"{target.name} {' '.join(form)}"}, key=target.name
    )


def _forgets(command: Command) -> bool:
    """`docker logout`, `gcloud auth revoke`, `rm -rf ~/.config/gcloud`."""
    words = {str(word.value) for word in command.arguments}
    if command.name in {"rm", "shred"}:
        kept = (".docker", ".config", ".azure", ".aws", ".netrc", ".npmrc", ".kube", ".cache", "auth.json")
        return any(part in word for word in words for part in kept)
    return bool(words & {"logout", "revoke", "auth:logout", "unset"})
