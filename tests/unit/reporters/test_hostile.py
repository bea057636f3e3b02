"""No secret and nothing that acts gets out, whatever the format."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import pytest

from tests.unit.reporters.build import At, Files, finding, report
from tests.unit.reporters.hostile import NAMES, SECRETS, hostile_report
from tollgate.model.source import MASK
from tollgate.reporters import FORMATS, RenderOptions, encode, render

OPTIONS = {
    "plain": RenderOptions(),
    "all": RenderOptions(width=60, statistics=True, show_files=True, sarif_suppressed=True),
    "quiet": RenderOptions(quiet=True),
}


def output(format_name: str, options: RenderOptions) -> bytes:
    pieces = render(hostile_report(), format_name, options=options)
    return b"".join(encode(piece, format_name) for piece in pieces)


def read(format_name: str, options: RenderOptions) -> str:
    """The output as its reader sees it: Markdown escapes punctuation, review comments use entities."""
    shown = output(format_name, options).decode("utf-8", "surrogateescape")
    if format_name == "rdjson":
        return unescape(shown)
    return re.sub(r"\\([^\w\s])", r"\1", shown) if format_name == "markdown" else shown


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_secret_gets_out(format_name: str, options: str) -> None:
    shown = read(format_name, OPTIONS[options])
    for secret in SECRETS:
        for part in (*secret.split("\n"), secret.encode("unicode_escape").decode()):
            assert part not in shown
    for part in ("Zk4pQw8R", "MIIEvQ", "kiG9w0", "s3cr", "x1bword", "u001bword"):
        assert part not in shown
    assert MASK in shown


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_related_place_does_not_tell_its_own_files_secret(format_name: str) -> None:
    files = Files()
    files.add("a.yaml", "a: 1\n")
    files.add("b.yaml", "b: hunter2-hunter2\n", secrets=("hunter2-hunter2",))
    there = files.related("b.yaml", "b", "it is hunter2-hunter2")
    made = report(files, finding(files, "r", At("a.yaml", "a"), "m", related=(there,)))
    assert "hunter2" not in "".join(render(made, format_name))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_acts(format_name: str, options: str) -> None:
    shown = output(format_name, OPTIONS[options]).decode("utf-8")
    acting = {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert acting <= {"\n", "\t"}


@pytest.mark.parametrize("format_name", ["text", "diff"])
def test_no_line_starts_with_a_command(format_name: str) -> None:
    lines = output(format_name, RenderOptions()).decode().splitlines()
    assert not [line for line in lines if line.lstrip().startswith(("::error", "::stop", "##["))]


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_report_gives_the_same_bytes(format_name: str) -> None:
    assert output(format_name, RenderOptions()) == output(format_name, RenderOptions())


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_file_is_named(format_name: str) -> None:
    shown = read(format_name, OPTIONS["all"])
    for name in ("plain.yaml", "-leading.yaml", "sp"):
        assert name in shown
    if format_name in ("text", "diff"):
        assert "運用🚀.yaml" in shown
        assert "bytes\\udcff\\udc80.yaml" in shown
    assert len(NAMES) == 9
