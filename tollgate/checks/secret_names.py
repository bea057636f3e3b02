"""Whether the name of a value says that the value is secret."""

from __future__ import annotations

from functools import lru_cache

from tollgate.model import lazy_re as re
from tollgate.model.hints import Literal
from tollgate.model.record import NamedTuple

STEMS = ("pass", "pwd", "token", "secret", "key", "cred", "auth", "connection", "salt", "jwt")
"""A name that a scan of free text takes for telling holds one of these in lower case."""


class Telling(NamedTuple):
    """What a name says about its value.

    strong: any literal value is a secret; weak (`KEY`, `AUTH`, `SALT`): only a random-looking one is.
    """

    strength: Literal["strong", "weak"]
    kind: str


_STRONG = {
    "password": "password",
    "passwords": "password",
    "passwd": "password",
    "passphrase": "passphrase",
    "passcode": "password",
    "pword": "password",
    "pass": "password",
    "pwd": "password",
    "token": "token",
    "tokens": "token",
    "secret": "secret",
    "secrets": "secret",
    "credential": "credentials",
    "credentials": "credentials",
    "creds": "credentials",
    "apikey": "API key",
    "apikeys": "API key",
    "accesskey": "access key",
    "secretkey": "secret key",
    "privatekey": "private key",
    "authkey": "authentication key",
}
_STRONG_BEFORE_KEY = {
    "api": "API key",
    "access": "access key",
    "private": "private key",
    "secret": "secret key",
    "signing": "signing key",
    "encryption": "encryption key",
    "master": "master key",
    "auth": "authentication key",
    "account": "account key",
    "storage": "storage key",
    "shared": "shared key",
    "deploy": "deploy key",
    "session": "session key",
    "service": "service key",
    "admin": "admin key",
    "root": "root key",
    "hmac": "signing key",
    "jwt": "signing key",
    "ssh": "private key",
}
_WEAK = {
    "key": "key",
    "keys": "key",
    "auth": "credentials",
    "salt": "salt",
    "jwt": "token",
    "pat": "token",
    "bearer": "token",
    "cookie": "session key",
    "authorization": "credentials",
}
_RUN_TOGETHER = (
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "token",
)
_RUN_TOGETHER_WEAK = ("secret", "credentials")

_SHELLS_OWN = frozenset({"pwd", "oldpwd"})
_PUBLIC = frozenset({"public", "pub", "gpg", "pgp", "gpgkey", "gpgkeys", "foreign", "primary"})
_PRIVATE_AFTER_ALL = frozenset({"private", "secret", "password", "passphrase", "pass"})
_BOUNDS = frozenset({"max", "min", "num", "number"})
_HARMLESS_HEADS = frozenset(
    """
    age alg algo algorithm alias allowed arg arn attempts attribute audience auto backend bits bucket
    budget cache cfg charset checksum class classname client cmd cn column command complexity conf
    config configmap cost count cpu dir directories directory disabled dn domain driver duration email
    enable enabled encoding endpoint endpoints env environment exp expiration expire expired expires
    expiry factory field file filename files filter fingerprint flag folder format generator group hash
    hashing header help helper hint history host hostname hosts hours html id identifier ids image index
    ini interval issuer iteration iterations json kind label language layout len length level lifetime
    limit limits link list location lookup manager map max maximum md mechanism message method min
    minimum minutes mode model mount name named names namespace needed number option optional options
    owner param parameter path paths pattern period plugin policy port prefix profile prompt properties
    protocol provider realm ref reference references refresh regex region required requirements reset
    resolver retries review reviews ring role roles rotate rotation rounds rule rules schema scheme
    scope scopes script seconds selector sent separator server service sha sha1 sha256 sha512 size
    source sources stamp start state status storage store strategy strength subject suffix support tag
    template threshold through time timeout title toml tool ttl type types uid until uri uris url urls
    usage use used user username users validation validator validity var variable version visible volume
    window words xml yaml yml
    """.split()
)

_INNOCENT = frozenset({("initial", "cluster", "token")})
"""Names that say otherwise than their words: etcd's token only tells clusters apart."""


@lru_cache(maxsize=1)
def _words() -> re.Pattern[str]:
    return re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words_of(name: str) -> list[str]:
    """The words of a snake_case, kebab-case, dotted or camelCase name, in lower case."""
    return [word.lower() for word in _words().findall(name[:200])]


@lru_cache(maxsize=4096)
def telling(name: str) -> Telling | None:
    """What `name` says about its value; None if it says nothing."""
    words = words_of(name)
    while words and words[-1].isdigit():
        words.pop()
    if not words or (len(words) == 1 and words[0] in _SHELLS_OWN):
        return None
    if words[0] in _BOUNDS or words[-1] in _HARMLESS_HEADS or tuple(words[-3:]) in _INNOCENT:
        return None
    if any(word in _PUBLIC for word in words) and not any(word in _PRIVATE_AFTER_ALL for word in words):
        return None
    return _strong(words) or _weak(words)


def _strong(words: list[str]) -> Telling | None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if following in ("key", "keys") and word in _STRONG_BEFORE_KEY:
            return Telling("strong", _STRONG_BEFORE_KEY[word])
        if word in ("connection", "conn") and following in ("string", "str"):
            return Telling("strong", "connection string")
    found = next((word for word in reversed(words) if word in _STRONG), None)
    if found is not None:
        return Telling("strong", _STRONG[found])
    tail = next((tail for tail in _RUN_TOGETHER if words[-1].endswith(tail)), None)
    return None if tail is None else Telling("strong", _STRONG[tail])


def _weak(words: list[str]) -> Telling | None:
    found = next((word for word in reversed(words) if word in _WEAK), None)
    if found is not None:
        return Telling("weak", _WEAK[found])
    tail = next((tail for tail in _RUN_TOGETHER_WEAK if words[-1].endswith(tail)), None)
    return None if tail is None else Telling("weak", _STRONG[tail])
