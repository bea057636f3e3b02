"""What curl, wget and their like are told: which addresses, into which file, with which checks off."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.node import Scalar
from tollgate.model.record import NamedTuple
from tollgate.model.shell import Command
from tollgate.model.shell_arguments import Flag, arguments


class Downloader(NamedTuple):
    """One program that fetches.

    values    flags that take a value
    file      flags whose value is the file that it writes
    remote    flags with which it takes the address's last part as the file's name
    prints    without any of those it writes to standard output
    insecure  flags, and flags with a value (`--verify=no`), that switch off the check of certificates
    quiet     flags with which it shows no progress
    """

    values: frozenset[str] = frozenset()
    file: frozenset[str] = frozenset()
    remote: frozenset[str] = frozenset()
    prints: bool = False
    insecure: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()


class Download(NamedTuple):
    """A call of one. Words are texts as written where the run time has the last word."""

    command: Command
    program: Downloader
    flags: tuple[Flag, ...]
    addresses: tuple[Scalar, ...]
    file: str | None
    """None: standard output."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HTTP = Downloader(
    values=_words("-o --output -a --auth --verify --session"),
    file=_words("-o --output"),
    prints=True,
    insecure=_words("--verify=no --verify=false"),
)
DOWNLOADERS: dict[str, Downloader] = {
    "curl": Downloader(
        values=_words(
            "-A --user-agent -b --cookie -c --cookie-jar -C --continue-at -d --data --data-binary --data-raw"
            " --data-urlencode -D --dump-header -e --referer -E --cert --key --cacert --capath -F --form -H"
            " --header -K --config -m --max-time --connect-timeout -o --output --output-dir -P --ftp-port -Q"
            " --quote -r --range --resolve --retry --retry-delay --retry-max-time -T --upload-file -u"
            " --user -U"
            " --proxy-user -w --write-out -x --proxy -X --request -y -Y -z --time-cond --url --limit-rate"
            " --max-redirs --proto --proto-redir --tls-max --ciphers --interface --unix-socket --stderr"
            " --noproxy"
        ),
        file=_words("-o --output"),
        remote=_words("-O --remote-name --remote-name-all"),
        prints=True,
        insecure=_words("-k --insecure --proxy-insecure --doh-insecure"),
    ),
    "wget": Downloader(
        values=_words(
            "-O --output-document -o --output-file -a --append-output -P --directory-prefix -U --user-agent"
            " --header --post-data --post-file --body-data --method -t --tries -T --timeout -Q --quota -e"
            " --execute -i --input-file -B --base --progress --ca-certificate --ca-directory --certificate"
            " --private-key --user --password --http-user --http-password -w --wait --waitretry"
            " --limit-rate -D"
            " --domains -A --accept -R --reject -l --level --connect-timeout --read-timeout --dns-timeout"
            " --secure-protocol --referer --load-cookies --save-cookies --max-redirect --restrict-file-names"
            " -X -I --cut-dirs --default-page --retry-on-http-error"
        ),
        file=_words("-O --output-document"),
        insecure=_words("--no-check-certificate -e=check_certificate=off --execute=check_certificate=off"),
        quiet=_words("-q --quiet --no-verbose -o --output-file -a --append-output --progress --no-progress"),
    ),
    "aria2c": Downloader(
        values=_words("-o --out -d --dir -x -s -j -k -l --header --checksum -i"),
        file=_words("-o --out"),
        insecure=_words("--check-certificate=false"),
    ),
    "axel": Downloader(
        values=_words("-o --output -n -s -H -U"),
        file=_words("-o --output"),
        insecure=_words("-k --insecure"),
    ),
    "fetch": Downloader(values=_words("-o -T -w"), file=_words("-o"), insecure=_words("--no-verify-peer")),
    "http": _HTTP,
    "https": _HTTP,
}

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|\$|[\w-]+\.[\w.-]+(?:[:/]|\Z))", re.IGNORECASE)


def written(command: Command, word: Scalar) -> str:
    """A word's text; with its variables as they are written where the run time fills them in."""
    if isinstance(word.value, str):
        return word.value
    return command.script.slice(word.start, word.end).replace('"', "").replace("'", "")


def download_of(command: Command) -> Download | None:
    """What a command fetches; None if it is no downloader or fetches nothing."""
    program = DOWNLOADERS.get(command.name)
    if program is None:
        return None
    flags, operands = arguments(command, values=program.values)
    addresses = [word for word in operands if _ADDRESS.match(written(command, word))]
    addresses += [item.value for item in flags if item.name == "--url" and item.value is not None]
    return Download(command, program, flags, tuple(addresses), _file(command, program, flags, addresses))


def _file(
    command: Command, program: Downloader, flags: tuple[Flag, ...], addresses: list[Scalar]
) -> str | None:
    for redirect in command.redirects:
        if redirect.operator in {">", ">|", ">>", "&>"} and redirect.descriptor in {"", "1"}:
            return written(command, redirect.target)
    for item in flags:
        if item.name in program.file and item.value is not None:
            name = written(command, item.value)
            return None if name in {"-", "/dev/stdout"} else name
    is_named = any(item.name in program.remote for item in flags) if program.prints else True
    if not is_named or not addresses:
        return None
    return written(command, addresses[-1]).partition("?")[0].rstrip("/").rpartition("/")[2]


_VERIFIERS = re.compile(
    r"(?:sha\d*sum|shasum|md5sum|b2sum|b3sum|cksum|sha\d+|digest|rhash|gpgv?2?|openssl|cosign|minisign|signify"
    r"|slsa-verifier|jarsigner|notation|rekor-cli|gosu-verify)\Z"
)


def verifies(command: Command) -> bool:
    """Whether a command compares a file with a checksum or a signature."""
    if command.name.startswith("gpg") and not command.name.startswith("gpgv"):
        return _has_any(command, {"--verify", "--verify-files"})
    if command.name == "openssl":
        return _has_any(command, {"dgst", "sha256", "sha512", "sha1"})
    if command.name == "rpm":
        return _has_any(command, {"-K", "--checksig"})
    return _VERIFIERS.match(command.name) is not None


def _has_any(command: Command, words: set[str]) -> bool:
    return any(word.value in words for word in command.arguments)
