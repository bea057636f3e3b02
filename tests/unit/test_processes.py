"""Running a program for what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tollgate import processes
from tollgate.processes import Ended, run_program


def python(code: str, *, stdin: bytes = b"", timeout: float = 20) -> Ended:
    return run_program(
        [sys.executable, "-S", "-c", code], environment=os.environ, timeout=timeout, stdin=stdin
    )


@pytest.fixture(params=["spawned", "subprocess"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to run a program have to give the same."""
    if request.param == "subprocess":
        monkeypatch.setattr(processes, "_spawned", lambda *_: None)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_both_outputs_and_the_status_are_kept() -> None:
    code = "import os; os.write(1, b'out'); os.write(2, b'errors'); os._exit(3)"
    assert python(code) == Ended(3, b"out", b"errors")


@pytest.mark.usefixtures("way")
def test_much_output_on_both_does_not_block() -> None:
    code = "import os\nfor _ in range(300): os.write(2, b'e' * 4000); os.write(1, b'o' * 4000)"
    ended = python(code)
    assert (ended.status, len(ended.out), len(ended.errors)) == (0, 1_200_000, 1_200_000)


@pytest.mark.usefixtures("way")
def test_a_signal_is_a_negative_status() -> None:
    assert python("import os; os.kill(os.getpid(), 15)").status == -15


@pytest.mark.usefixtures("way")
def test_nothing_is_to_be_read() -> None:
    assert python("import os; os.write(1, repr(os.read(0, 9)).encode())").out == b"b''"


@pytest.mark.usefixtures("way")
def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        run_program(["tollgate-no-such-program"], environment=os.environ, timeout=5)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "code", ["import time; time.sleep(30)", "import os, time; os.closerange(0, 9); time.sleep(30)"]
)
def test_a_program_that_does_not_end_is_ended(code: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        python(code, timeout=0.3)
    assert time.monotonic() - started < 10
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)  # nothing is left to wait for


@pytest.mark.usefixtures("way")
def test_no_file_stays_open() -> None:
    before = os.listdir("/dev/fd")
    python("pass")
    assert os.listdir("/dev/fd") == before


def test_input_is_passed_on() -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read()[::-1])"
    assert python(code, stdin=b"abc").out == b"cba"


def test_where_the_standard_streams_are_closed() -> None:
    code = (
        "import os\n"
        "os.closerange(0, 3)\n"
        "from tollgate.processes import run_program\n"
        "ended = run_program(['sh', '-c', 'echo a; echo b >&2'], environment=os.environ, timeout=9)\n"
        "os._exit(0 if ended == (0, b'a\\n', b'b\\n') else 1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=20).returncode == 0


def test_subprocess_is_not_imported() -> None:
    code = (
        "import os, sys\n"
        "from tollgate.processes import run_program\n"
        "run_program(['true'], environment=os.environ, timeout=9)\n"
        "print('subprocess' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=20
    )
    assert done.stdout == "False\n"
