"""Secrets on command lines: what flags, pipes and headers carry. Reads text, not a shell's syntax."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tollgate.checks.secret_hits import SecretHit
from tollgate.checks.secret_scan import named_secrets, telling_names
from tollgate.checks.secret_values import is_harmless, is_placeholder, literal_span
from tollgate.model import lazy_re as re

_VALUE = r"""(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|([^\s"';|&<>]{1,400}))"""
_USER_AND = r"""["']?[^\s:"'$]{0,200}:"""

_COMMANDS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    # what it is, the commands, the flag that its value follows, a word that must stand before the flag
    ("password", ("mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "mariadb-admin"), r"-p", ""),
    ("password", ("sshpass",), r"-p[ \t]{0,8}", ""),
    (
        "password",
        ("docker", "podman", "helm", "oras", "buildah", "skopeo", "crane", "nerdctl"),
        r"-p[ \t]{1,8}",
        "login",
    ),
    ("password", ("redis-cli",), r"-a[ \t]{1,8}", ""),
    ("password", ("ldapsearch", "ldapadd", "ldapmodify"), r"-w[ \t]{1,8}", ""),
    ("password", ("zip", "unzip"), r"-P[ \t]{1,8}", ""),
    ("password", ("7z", "7za"), r"-p", ""),
    ("password", ("useradd", "usermod", "adduser"), r"(?:-p[ \t]{1,8}|--password[ =])", ""),
    ("password", ("openssl",), r"-pass(?:in|out)?[ \t]{1,8}pass:", " "),
    ("credentials", ("curl",), r"(?:-u[ \t]{0,8}|(?:--user|--proxy-user)[ =])" + _USER_AND, ""),
    ("credentials", ("http", "https"), r"(?:-a[ \t]{1,8}|--auth[ =])" + _USER_AND, ""),
)
_LONGEST_COMMAND = 2000


def secrets_by_name(
    text: str, start: int, end: int, where: str, *, lines: bool = False, reported: bool = True
) -> list[SecretHit]:
    """Secrets under telling names in `text[start:end]`; see `named_secrets` for `lines`."""
    found = named_secrets(text, telling_names(text, start, end), end=end, lines=lines)
    return [
        SecretHit(first, last, kind, name, where, said and reported)
        for name, first, last, kind, said in found
    ]


def secrets_in_shell(text: str, start: int, end: int, where: str) -> list[SecretHit]:
    """Secrets under names, flags and in well-known commands in `text[start:end]`, offsets into `text`."""
    hits = secrets_by_name(text, start, end, where)
    hits.extend(_in_commands(text, start, end, where))
    hits.extend(_piped(text, start, end, where))
    return hits


def _in_commands(text: str, start: int, end: int, where: str) -> Iterator[SecretHit]:
    for kind, names, flag, required in _COMMANDS:
        for name in names:
            for at, stop in _commands(text, name, start, end):
                after = text.find(required, at, stop)
                if after >= 0:
                    for found in _flag_pattern(flag).finditer(text, after, stop):
                        yield from _hit(text, found, kind, name, where)


def _commands(text: str, word: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """From a command's name (a whole word after a blank, `/`, quote or separator) to the command's end."""
    at = text.find(word, start, end)
    while at >= 0:
        after = at + len(word)
        before = text[at - 1] if at > start else " "
        if before in " \t\n\r/;|&(\"'`" and text[after : after + 1] in (" ", "\t"):
            stop = _end_of_command(text, after, end)
            yield after, stop
            after = stop
        at = text.find(word, after, end)


def _end_of_command(text: str, at: int, end: int) -> int:
    found = _command_end().search(text, at, min(end, at + _LONGEST_COMMAND))
    return min(end, at + _LONGEST_COMMAND) if found is None else found.start()


@lru_cache(maxsize=1)
def _command_end() -> re.Pattern[str]:
    return re.compile(r"[;|&]|(?<![\\`])\r?\n")


@lru_cache(maxsize=64)
def _flag_pattern(flag: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=[ \t\n])(?:{flag}){_VALUE}")


@lru_cache(maxsize=1)
def _pipe_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(
            r"""(?:echo|printf)[ \t]{1,8}(?:-e[ \t]{1,8})?["']?[\w.$-]{1,64}:"""
            r"""([^"'|\n]{1,200}?)(?:\\n)?["']?[ \t]{0,8}\|"""
        ),
        re.compile(r"""chpasswd[^\n<]{0,40}<<<[ \t]{0,8}["']?[\w.-]{1,64}:([^"'\s|;]{1,200})"""),
        re.compile(
            r"""(?:echo|printf)[ \t]{1,8}(?:-[ne]+[ \t]{1,8})?["']?([^"'|\s]{1,200})["']?[ \t]{0,8}\|"""
        ),
    )


def _piped(text: str, start: int, end: int, where: str) -> Iterator[SecretHit]:
    """`echo "root:pw" | chpasswd`, `chpasswd <<< root:pw`, `echo pw | docker login --password-stdin`."""
    pair, here_string, alone = _pipe_patterns()
    readers = [("chpasswd", pair), ("chpasswd", here_string), ("-stdin", alone), ("--stdin", alone)]
    for reader, pattern in readers:
        at = text.find(reader, start, end)
        while at >= 0:
            opening = max(text.rfind("\n", start, at), at - 400, start)
            stop = min(end, at + 400)
            for found in pattern.finditer(text, opening, stop):
                yield from _hit(text, found, "password", reader.strip("-"), where)
            at = text.find(reader, max(stop, at + 1), end)


def _hit(text: str, found: re.Match[str], kind: str, name: str, where: str) -> Iterator[SecretHit]:
    start, end = found.span(found.lastindex or 0)
    first, last = literal_span(text[start:end])
    value = text[start + first : start + last]
    if value and not is_harmless(value):
        yield SecretHit(start + first, start + last, kind, name, where, not is_placeholder(value))
