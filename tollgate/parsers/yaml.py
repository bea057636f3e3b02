"""YAML and JSON files to documents of span-carrying nodes, read as kubectl reads them."""

from __future__ import annotations

from tollgate.model.documents import Document, Limits, YamlText
from tollgate.model.finding import InputProblem, Note
from tollgate.model.hints import Literal, TypeAlias
from tollgate.model.node import Mapping, Node
from tollgate.model.source import Source, Span
from tollgate.model.target import Comment
from tollgate.parsers.yaml_lines import NotSimpleError
from tollgate.parsers.yaml_problems import RefusedError
from tollgate.parsers.yaml_simple import read_simple
from tollgate.parsers.yaml_split import (
    Piece,
    after_blanks_and_comments,
    cut_documents,
    first_template_mark,
    may_be_a_manifest,
    names_a_manifest,
)

DocumentState: TypeAlias = Literal["ok", "empty", "broken", "template"]


def parse_yaml(
    source: Source,
    *,
    limits: Limits = Limits(),  # noqa: B008
    every_document: bool = False,
    compose: bool = False,
) -> YamlText:
    """The documents of a YAML or JSON file, in order, with what is to be said about reading them.

    Any text gives an answer; a document that cannot be read never hides another. Problems are told
    of documents that are manifests (or, where unreadable, name `apiVersion` and `kind`), and of all
    if `every_document` is set. What was not read and is no problem is a note. `compose`: Compose is who
    reads the file, so its merge keys mean what they mean there.
    """
    reader = _Reader(source, limits, every_document=every_document, compose=compose)
    if len(source.data) > limits.file_bytes:
        reader.refuse_size()
    elif reader.text.lstrip()[:1] == "{":
        reader.read_json_first()
    else:
        reader.read_pieces(0)
    reader.problems.sort(key=lambda problem: problem.start)

    def find_comments() -> list[Comment]:
        from tollgate.parsers import yaml_comments  # only where comments are asked for

        return list(yaml_comments.find_comments(source, reader.documents, reader.dropped))

    return YamlText(source, reader.documents, reader.problems, reader.notes, find_comments)


class _Reader:
    """Collects the documents of one file with its problems and notes."""

    def __init__(self, source: Source, limits: Limits, *, every_document: bool, compose: bool) -> None:
        self.documents: list[Document] = []
        self.problems: list[InputProblem] = []
        self.notes: list[Note] = []
        self.dropped: list[Span] = []
        self.text = source.parser_text()
        self._source = source
        self._limits = limits
        self._every_document = every_document
        self._compose = compose
        self._may_hide = not self.text.isascii() or "\r" in self.text

    def refuse_size(self) -> None:
        self._leave_unread(0, f"the file is larger than {self._limits.file_bytes} bytes and")

    def read_pieces(self, start: int) -> None:
        pieces = cut_documents(self.text, start)
        room = self._limits.documents - len(self.documents)
        for piece in pieces[:room]:
            self._read_piece(piece)
        if len(pieces) > room:
            self._leave_rest_unread(pieces[room].start)

    def _leave_rest_unread(self, at: int) -> None:
        self._leave_unread(
            at, f"the file holds more than {self._limits.documents} documents; from here on it"
        )

    def _leave_unread(self, at: int, why: str) -> None:
        """Say that the text from `at` on is not read, for it is too much: loudly if it could be manifests."""
        if may_be_a_manifest(self.text[at:]):
            self.problems.append(InputProblem("not-linted-too-large", at, at, f"{why} is not linted"))
        else:
            line = self._source.position(at).line if at else 0
            self.notes.append(Note(self._source.path, line, f"{why} is not read", "too-large"))

    def read_json_first(self) -> None:
        """Read JSON values as long as there are any, then what is left as YAML."""
        from tollgate.parsers import yaml_json  # only for JSON

        at, text = 0, self.text
        while (at := yaml_json.after_json_blanks(text, at)) < len(text):
            if len(self.documents) >= self._limits.documents:
                self._leave_rest_unread(at)
                return
            try:
                value = yaml_json.read_json(text, at, self._limits)
            except RefusedError as refused:
                self._give_up(Piece(at, len(text)), refused)
                return
            except yaml_json.NotJsonError as error:
                self._read_after_json(at, error.at, error.message)
                return
            self._add(Piece(value.start, value.end), value.root, value.problems)
            at = value.end

    def _read_after_json(self, at: int, error_at: int, why: str) -> None:
        known = len(self.documents)
        after_json = any(_is_manifest(document.root) for document in self.documents)
        self.read_pieces(at)
        if self.text.startswith("---", at) and known:
            return
        first = self.documents[known] if known < len(self.documents) else None
        if (first is not None and first.state == "ok" and _is_manifest(first.root)) or (
            after_json and (first is None or first.state != "broken")
        ):
            message = f"kubectl reads a file that begins with `{{` as JSON, and this is none: {why}"
            self.problems.append(InputProblem("parse-error", error_at, self._one_after(error_at), message))

    def _read_piece(self, piece: Piece) -> None:
        if piece.separator_error is None:
            try:
                root, keys = read_simple(self.text, piece.start, piece.end, self._limits)
            except NotSimpleError:
                pass
            else:
                self._add(piece, root, [])
                self.documents[-1].keys = keys
                return
        from tollgate.parsers.yaml_libyaml import build  # its import costs more than most documents

        try:
            builder = build(self.text, piece, self._limits, compose=self._compose)
        except RefusedError as refused:
            at = piece.separator_error
            self._give_up(piece, refused if at is None else _refused_separator(at))
            return
        self._add(piece, builder.root, builder.problems, builder.end)

    def _one_after(self, at: int) -> int:
        return min(at + 1, len(self.text))

    def _give_up(self, piece: Piece, refused: RefusedError) -> None:
        """Note why a document is not read: as a problem, a template, or only counted."""
        text = self.text[piece.start : piece.end]
        code = refused.code
        if code == "parse-error":
            mark = first_template_mark(text)
            if mark is not None:
                self._add_document(piece, None, "template")
                self._note(piece.start + mark, "a template, not linted as it is", "template")
                return
            if "\0" in text and names_a_manifest(text.replace("\0", "")):
                code = "not-linted-encoding"
            told = self._every_document or code != "parse-error" or names_a_manifest(text)
        else:
            told = self._every_document or may_be_a_manifest(text)
        self._add_document(piece, None, "broken")
        if told:
            message = (
                "the file is in no encoding that kubectl reads"
                if code == "not-linted-encoding"
                else refused.message
            )
            self.problems.append(InputProblem(code, refused.start, refused.end, message))
        else:
            self._note(refused.start, f"not linted: {refused.message}", "skipped")

    def _note(self, at: int, message: str, kind: Literal["template", "skipped"]) -> None:
        self.notes.append(Note(self._source.path, self._source.position(at).line, message, kind))

    def _add(
        self, piece: Piece, root: Node | None, problems: list[InputProblem], end: int | None = None
    ) -> None:
        """Add a document that was read, with its problems if it is a manifest."""
        self._add_document(piece, root, "empty" if root is None else "ok")
        told = self._every_document or _is_manifest(root)
        if told:
            self.problems.extend(problems)
            self._look_for_hidden_text(piece)
            if piece.separator_error is not None:
                refused = _refused_separator(piece.separator_error)
                self.problems.append(InputProblem(refused.code, refused.start, refused.end, refused.message))
        if root is not None and end is not None:
            self._look_after_end(end, piece.end, told=told)

    def _look_for_hidden_text(self, piece: Piece) -> None:
        if self._may_hide:
            from tollgate.parsers.yaml_hidden import hidden_text  # rare

            self.problems.extend(hidden_text(self.text, piece.start, piece.end))

    def _look_after_end(self, end: int, piece_end: int, *, told: bool) -> None:
        after = after_blanks_and_comments(self.text, end, piece_end)
        if after is None:
            return
        self.dropped.append(Span(end, piece_end))
        if told or names_a_manifest(self.text[end:piece_end]):
            stop = after + len(self.text[after:piece_end].split("\n", 1)[0].rstrip())
            message = "kubectl drops this text: it stands after the end of the document"
            self.problems.append(InputProblem("text-after-document-end", after, stop, message))

    def _add_document(self, piece: Piece, root: Node | None, state: DocumentState) -> None:
        self.documents.append(Document(len(self.documents), piece.start, piece.end, root, state))


def _refused_separator(at: int) -> RefusedError:
    message = "kubectl refuses a line that begins with `---` and holds other text"
    return RefusedError("parse-error", at, at + len("---"), message)


def _is_manifest(root: Node | None) -> bool:
    return type(root) is Mapping and "apiVersion" in root.entries and "kind" in root.entries
