from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, strategies as st

from tollgate.reporters.printable import (
    comment,
    github_data,
    github_property,
    markdown,
    path_bytes,
    printable,
    sarif_message,
    uri,
    xml,
)

anything = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain — 運用 🚀 é", "plain — 運用 🚀 é"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31m\x7f\x9b", "\\x1b[31m\\x7f\\x9b"),
        ("\u202euser\u2066", "\\u202euser\\u2066"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("bad \udcff byte", "bad \\udcff byte"),
        ("\U000e0041\ufeff\u200d", "\\U000e0041\\ufeff\\u200d"),
        ("no-break\u00a0space", "no-break\u00a0space"),
    ],
)
def test_printable_escapes_what_acts(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(anything)
def test_printable_leaves_nothing_that_acts(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown
    shown.encode("utf-8")


@given(anything)
def test_workflow_commands_stay_on_their_line(text: str) -> None:
    assert not set(github_data(text)) & set("\r\n")
    assert not set(github_property(text)) & set("\r\n:,")
    back = github_property(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    assert back == printable(text)


def test_github_escapes() -> None:
    assert github_data("100%0A\n::error::x, y") == "100%250A\\n::error::x, y"
    assert github_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_markdown_makes_nothing_of_hostile_text() -> None:
    assert markdown("[x](http://y) <b> @me `c` #1 a_b") == (
        "\\[x\\]\\(http&#58;//y\\) &lt;b&gt; &#64;me \\`c\\` \\#1 a\\_b"
    )


def test_sarif_messages_have_no_links_of_their_own() -> None:
    assert sarif_message("[a](1) \\ b") == "\\[a\\](1) \\\\ b"


@given(anything)
def test_xml_is_well_formed_and_says_the_same(text: str) -> None:
    shown = printable(text).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    read = ET.fromstring(f'<a b="{xml(text)}">{xml(text)}</a>')
    assert (read.text or "") == shown


@given(st.binary(min_size=1, max_size=30))
def test_uri_keeps_every_byte_of_a_name(name: bytes) -> None:
    path = name.decode("utf-8", "surrogateescape")
    assert unquote_to_bytes(uri(path)) == name == path_bytes(path)
    assert uri(path).isascii()
    assert not set(uri(path)) & set(" :?#[]@\"'<>\\^`{|}")


def test_a_name_from_no_file_system_still_has_bytes() -> None:
    assert path_bytes("x\ud800") == b"x\\ud800"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("container `web` runs it: see 1.2 (now)", "container `web` runs it: see 1.2 (now)"),
        ("`a` @team `b`", "`a` &#64;team `b`"),
        ("`@team`", "`@team`"),
        (
            "x ![i](https://e.example/?q) www.e.example",
            "x &#33;&#91;i&#93;(https&#58;//e.example/?q) www&#46;e.example",
        ),
        ("`a` <b>", "`a` &lt;b&gt;"),
        ("odd ` @me", "odd \\` &#64;me"),
        ("``a` @me `b``", "\\`\\`a\\` &#64;me \\`b\\`\\`"),
    ],
)
def test_a_comment_keeps_code_and_acts_on_nobody(text: str, shown: str) -> None:
    assert comment(text) == shown


@given(anything)
def test_outside_code_a_comment_mentions_nobody(text: str) -> None:
    shown = comment(text)
    outside = "".join(shown.split("`")[::2]) if "\\`" not in shown else shown
    assert not set(outside) & set("@<>")
