"""The only way out: how text from a linted repository is written into each format."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.masked import visible as printable
from tollgate.model.source import has_surrogate

__all__ = [
    "comment",
    "github_data",
    "github_property",
    "is_link",
    "json_path",
    "markdown",
    "path_bytes",
    "printable",
    "sarif_message",
    "uri",
    "xml",
]

_MARKDOWN_SPECIAL = frozenset("\\`*_{}[]()#+-.!|~$")
_MARKDOWN_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", ":": "&#58;"}
_XML_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_URI_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_COMMENT_ENTITIES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "@": "&#64;",
        "#": "&#35;",
        "!": "&#33;",
        "~": "&#126;",
        "|": "&#124;",
        "[": "&#91;",
        "]": "&#93;",
        "*": "&#42;",
        "_": "&#95;",
        "\\": "&#92;",
    }
)
_AUTOLINK = re.compile(r"(?i)(?<=www)\.|:(?=//)")
_SARIF_SPECIAL = re.compile(r"[\\\[\]]")
_FFFE = re.compile("[\ufffe\uffff]")


def github_data(text: str) -> str:
    """`text` as the message of a workflow command, on one line."""
    return printable(text).replace("%", "%25")


def github_property(text: str) -> str:
    """`text` as the value of a workflow command's property, on one line."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """`text` as plain words in GitHub's Markdown: no formatting, link, mention or HTML comes of it."""
    return "".join(_markdown_character(char) for char in printable(text))


def _markdown_character(char: str) -> str:
    if char in _MARKDOWN_SPECIAL:
        return "\\" + char
    return _MARKDOWN_ENTITIES.get(char, char)


def comment(text: str) -> str:
    """`text` for a review comment that may be read as Markdown and may be shown as it is: code between
    backquotes stays, and nothing outside it becomes a link, a mention, an image or HTML.

    Where backquotes do not pair one by one, nothing can be said to be code, and `markdown` escapes it all.
    """
    shown = printable(text)
    pieces = shown.split("`")
    if len(pieces) % 2 == 0 or "``" in shown:
        return markdown(shown)
    return "`".join(piece if number % 2 else _plain(piece) for number, piece in enumerate(pieces))


def _plain(piece: str) -> str:
    escaped = piece.translate(_COMMENT_ENTITIES)
    return _AUTOLINK.sub(lambda found: "&#46;" if found.group() == "." else "&#58;", escaped)


def sarif_message(text: str) -> str:
    """`text` as a SARIF message string: brackets would make a link (SARIF 2.1.0, 3.11.6)."""
    return _SARIF_SPECIAL.sub(lambda found: "\\" + found.group(), printable(text))


def xml(text: str) -> str:
    """`text` as XML character data or a quoted attribute value."""
    shown = _FFFE.sub("\ufffd", printable(text))
    return "".join(_XML_ENTITIES.get(char, char) for char in shown)


def uri(path: str) -> str:
    """A relative path as a URI reference, each byte percent-encoded that is not plainly allowed.

    Names that are no UTF-8 keep their bytes; a colon could be read as a scheme's and is encoded.
    """
    return "".join(chr(byte) if byte in _URI_PLAIN else f"%{byte:02X}" for byte in path_bytes(path))


def json_path(path: str) -> str:
    """A file's name as a JSON string gives it: exact, unless it is no UTF-8."""
    return printable(path) if has_surrogate(path) else path


def is_link(url: str) -> bool:
    """Whether an address is plain enough to be a link anywhere."""
    plain = url.isascii() and url.isprintable() and not set(url) & set(" <>\"'`\\|{}^()")
    return plain and url.startswith(("https://", "http://"))


def path_bytes(path: str) -> bytes:
    """The bytes of a file's name as the file system has them."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that stands for no byte: not from a file system
        return path.encode("utf-8", "backslashreplace")


def place(path: str, line: int, column: int) -> str:
    """`path:line:column`, which terminals and editors make a link of."""
    return f"{printable(path)}:{line}:{column}"
