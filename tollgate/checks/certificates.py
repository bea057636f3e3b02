"""Certificates of servers left unchecked: by flags, by settings, by variables."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.download_commands import DOWNLOADERS, written
from tollgate.checks.package_managers import Use, use_of
from tollgate.checks.run_texts import delete_word, instruction_of
from tollgate.checks.set_variables import variables_set
from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Instruction
from tollgate.model.finding import Edit, FixPlan, Problem
from tollgate.model.node import Scalar
from tollgate.model.rule import Context
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import Flag, arguments
from tollgate.model.target import Target

_OFF = ("0", "false", "no", "off")
_ANY = ("*",)
_VARIABLES: dict[str, tuple[str, ...]] = {
    "PYTHONHTTPSVERIFY": ("0",),
    "NODE_TLS_REJECT_UNAUTHORIZED": ("0",),
    # git looks only whether it is there.
    "GIT_SSL_NO_VERIFY": ("", "*"),
    "NPM_CONFIG_STRICT_SSL": _OFF,
    "YARN_STRICT_SSL": _OFF,
    "YARN_ENABLE_STRICT_SSL": _OFF,
    "PIP_TRUSTED_HOST": _ANY,
    "UV_INSECURE_HOST": _ANY,
    "GOINSECURE": _ANY,
    "CONDA_SSL_VERIFY": _OFF,
    "BUNDLE_SSL_VERIFY_MODE": ("0", "none"),
    "PERL_LWP_SSL_VERIFY_HOSTNAME": ("0",),
    "REQUESTS_CA_BUNDLE": ("",),
    "CURL_CA_BUNDLE": ("",),
}
"""Variables and the values that switch the check off; `*` is any text, "" an empty value that is written."""

_WRITTEN = re.compile(
    r"(?:(?<!\w)|(?<=\\n))(sslverify[ \t]?[=:][ \t]?(?:0|false|no|off)|strict-ssl[ \t]?=[ \t]?false"
    r"|enableStrictSsl:[ \t]?false|ssl_verify:[ \t]?(?:false|no)|:ssl_verify_mode:[ \t]?0"
    r"|check_certificate[ \t]?=[ \t]?off|trusted-host[ \t]?=[ \t]?[\w.-]+)(?!\w)",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"https?://(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|\Z)", re.IGNORECASE)
_OTHER_FLAGS: dict[str, frozenset[str]] = {
    "svn": frozenset({"--trust-server-cert"}),
    "hg": frozenset({"--insecure"}),
    "helm": frozenset({"--insecure-skip-tls-verify"}),
    "kubectl": frozenset({"--insecure-skip-tls-verify"}),
    "oc": frozenset({"--insecure-skip-tls-verify"}),
    "skopeo": frozenset({"--tls-verify=false", "--src-tls-verify=false", "--dest-tls-verify=false"}),
    "podman": frozenset({"--tls-verify=false"}),
    "buildah": frozenset({"--tls-verify=false"}),
    "oras": frozenset({"--insecure"}),
    "crane": frozenset({"--insecure"}),
    "aws": frozenset({"--no-verify-ssl"}),
    "ansible-galaxy": frozenset({"--ignore-certs"}),
    "mvn": frozenset({"-Dmaven.wagon.http.ssl.insecure=true", "-Dmaven.wagon.http.ssl.allowall=true"}),
}


def _problem(command: Command, start: int, end: int, said: str, fix: FixPlan | None = None) -> Problem:
    fields = {"command": command.name, "setting": said}
    return Problem(start, end, fields=fields, key=said, fix=fix)


def off_by_flag(target: Target, _context: Context) -> Iterator[Problem]:
    """A command of a RUN is told not to check the server's certificate, now or from now on."""
    assert isinstance(target, Command)
    if instruction_of(target) is None or _is_local(target):
        return
    use = use_of(target)
    if use is not None:
        yield from _of_manager(use)
    elif target.name in DOWNLOADERS:
        program = DOWNLOADERS[target.name]
        yield from _of_flags(target, arguments(target, values=program.values).flags, program.insecure)
    elif target.name == "git":
        yield from _of_git(target)
    elif target.name in _OTHER_FLAGS:
        names = _OTHER_FLAGS[target.name]
        for word in target.arguments:
            if word.value in names:
                yield _problem(target, word.start, word.end, str(word.value), _deletion(target, word))
    else:
        yield from _written_settings(target)


def _is_local(command: Command) -> bool:
    """Whether every address of the command is the machine itself."""
    texts = [written(command, word) for word in command.arguments]
    addresses = [text for text in texts if "://" in text]
    return bool(addresses) and all(_LOCAL.match(text) for text in addresses)


def _of_manager(use: Use) -> Iterator[Problem]:
    names = use.manager.insecure
    for item in use.flags:
        if use._replace(flags=(item,)).flag(names) is not None:
            end = item.word.end if item.value is None else max(item.value.end, item.word.end)
            fix = _deletion(use.command, item.word) if item.value is None else None
            yield _problem(use.command, item.word.start, end, item.name, fix)
    words = use.configures(names)
    if words is not None:
        first, last = words
        yield _problem(use.command, first.start, last.end, str(first.value).partition("=")[0])


def _of_flags(command: Command, flags: tuple[Flag, ...], names: frozenset[str]) -> Iterator[Problem]:
    for item in flags:
        value = "" if item.value is None else str(item.value.value).lower().replace(" ", "")
        if item.name not in names and f"{item.name}={value}" not in names:
            continue
        end = item.word.end if item.value is None else max(item.value.end, item.word.end)
        yield _problem(command, item.word.start, end, item.name, _without(command, item))


def _without(command: Command, item: Flag) -> FixPlan | None:
    """The flag's word deleted, or its letter out of a bundle."""
    word = item.word
    if item.value is not None:
        return None
    if word.value == item.name:
        return _deletion(command, word)
    raw = command.source.text[word.start : word.end]
    if raw != word.value or raw.count(item.name[1:]) != 1:
        return None
    at = word.start + raw.index(item.name[1:])
    return FixPlan(safe=False, edits=(Edit(at, at + 1, ""),), title=f"delete `{item.name}`")


def _deletion(command: Command, word: Scalar) -> FixPlan | None:
    edit = delete_word(command, word)
    return None if edit is None else FixPlan(safe=False, edits=(edit,), title=f"delete `{word.value}`")


def _of_git(command: Command) -> Iterator[Problem]:
    """`git -c http.sslVerify=false`, `git config http.sslVerify false`, also with an address in the key."""
    words = command.arguments
    for word, following in zip(words, (*words[1:], None), strict=False):
        key, sign, value = written(command, word).lower().partition("=")
        if not key.startswith("http.") or not key.endswith("sslverify"):
            continue
        last = word if sign else following
        if last is None:
            continue
        text = value if sign else written(command, last).lower()
        if text in _OFF:
            yield _problem(command, word.start, last.end, "http.sslVerify")


def _written_settings(command: Command) -> Iterator[Problem]:
    """The same settings written into a configuration file: `echo … > /etc/yum.conf`, `sed -i`."""
    if command.name not in {"echo", "printf", "sed", "tee", "cat"}:
        return
    writes = any(item.operator.startswith(">") for item in command.redirects)
    writes = writes or command.name in {"sed", "tee"}
    if not writes and "tee" not in command.pipeline.names:
        return
    places = [(word.start, word.end) for word in command.arguments]
    places += [(item.body.start, item.body.end) for item in command.redirects if item.body is not None]
    for first, last in places:
        at = _replacement(command.source.text, first, last) if command.name == "sed" else first
        for one in _WRITTEN.finditer(command.source.text, at, last):
            said = re.split(r"[ \t]?[=:]", one[1].lstrip(":"), maxsplit=1)[0]
            yield _problem(command, one.start(1), one.end(1), said)


def _replacement(text: str, start: int, end: int) -> int:
    """Where the new text begins in sed's `s/old/new/`; the start where it is no such command."""
    begin = text.find("s", start, min(start + 2, end))
    if begin < 0 or begin + 1 >= end or text[begin + 1].isalnum():
        return start
    middle = text.find(text[begin + 1], begin + 2, end)
    return start if middle < 0 else middle + 1


def off_by_variable(target: Target, _context: Context) -> Iterator[Problem]:
    """A variable of ENV, ARG or a RUN's command switches the check off."""
    assert isinstance(target, Instruction)
    for one in variables_set(target):
        if _switches_off(one.name, one.value):
            fields = {"variable": one.name, "keyword": target.keyword}
            yield Problem(one.start, one.end, fields=fields, key=one.name)


def _switches_off(name: str, value: object) -> bool:
    upper = name.upper() if name.lower().startswith("npm_config_") else name
    values = _VARIABLES.get(upper)
    if values is None:
        return False
    if not isinstance(value, str):
        return "*" in values
    return value.strip().lower() in values or ("*" in values and value.strip() != "")
