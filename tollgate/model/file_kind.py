"""What a file is, by its name or by how it begins."""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.hints import Literal, TypeAlias

KnownKind: TypeAlias = Literal["yaml", "dockerfile"]

YAML_SUFFIXES = ("yaml", "yml", "json")

DOCKERFILE_STEMS = ("dockerfile", "containerfile")

OTHER_SUFFIXES = (
    # what goes with a Dockerfile, text about it, what is left of an edit
    *(
        "dockerignore",
        "containerignore",
        "md",
        "markdown",
        "mdx",
        "txt",
        "rst",
        "adoc",
        "html",
        "diff",
        "patch",
    ),
    *("orig", "rej", "bak", "swp", "log", "lock", "toml"),
    # templates, which become Dockerfiles
    *("j2", "jinja", "jinja2", "tmpl", "tpl", "gotmpl", "template", "erb", "mustache", "hbs", "ejs", "in"),
    # programs about Dockerfiles
    *("c", "cc", "cpp", "cs", "go", "h", "java", "js", "jsx", "mjs", "kt", "lua", "php", "pl", "py", "pyi"),
    *("rb", "rs", "scala", "swift", "ts", "tsx", "vim"),
)
"""A name that ends in one of these is no Dockerfile, whatever it begins with."""


# `Dockerfile`, `Dockerfile.dev`, `web.Dockerfile`; `Dockerfile-dev` too, if nothing looks like a suffix.
_STEMMED = rf"(?:[^/]*\.)?(?:{'|'.join(DOCKERFILE_STEMS)})(?:\.[^/]*[^/~]|[-_][^/.~]*)?\Z"


def _hook_files_pattern() -> str:
    yaml = rf"[^/]*\.(?:{'|'.join(YAML_SUFFIXES)})\Z"
    others = rf"(?![^/]*\.(?:{'|'.join(OTHER_SUFFIXES)})\Z)"
    return rf"(?ai)(?:^|/)(?:{yaml}|{others}{_STEMMED})"


HOOK_FILES_PATTERN = _hook_files_pattern()
"""The `files:` regex of the pre-commit hooks: it finds exactly the paths that have a kind by name."""

_COMPOSE = re.compile(r"(?:[^/]*[.-])?compose(?:[.-][^/]*)?\.ya?ml\Z", re.ASCII | re.IGNORECASE)

_STEM = re.compile(_STEMMED, re.ASCII | re.IGNORECASE)
_NO_DOCKERFILE = frozenset(OTHER_SUFFIXES)
_HEAD_BYTES = 16 * 1024
_FIRST_INSTRUCTION = re.compile(rb"(?:FROM|ARG)(?:[ \t]+[^\s:]|[ \t]*\\)", re.IGNORECASE)
_PARSER_DIRECTIVE = re.compile(rb"#[ \t]*(?:syntax|escape|check)[ \t]*=", re.IGNORECASE)


def kind_by_name(path: str) -> KnownKind | None:
    """What a file is by its name alone; None if the name does not say."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    suffix = name[dot + 1 :] if dot >= 0 else ""
    suffix = suffix.lower() if suffix.isascii() else ""
    if suffix in YAML_SUFFIXES:
        return "yaml"
    return "dockerfile" if suffix not in _NO_DOCKERFILE and _STEM.match(name) else None


def is_compose_name(path: str) -> bool:
    """Whether a YAML file is called as Compose files are: `compose.yaml`, `docker-compose.prod.yml` …"""
    return _COMPOSE.match(path, path.rfind("/") + 1) is not None


_MAKEFILES = frozenset({"makefile", "gnumakefile"})
_OTHER_DESCRIPTIONS = frozenset(
    {"action.yml", "action.yaml", ".gitlab-ci.yml", "cloudbuild.yaml", "cloudbuild.yml"}
)


def describes_builds(path: str) -> bool:
    """Whether a file may say which Dockerfiles are built: workflows, Makefiles, Compose files, such."""
    if path.startswith(".github/"):
        return path.endswith((".yml", ".yaml"))
    name = path[path.rfind("/") + 1 :].lower()
    if name in _MAKEFILES or name.endswith(".mk") or name in _OTHER_DESCRIPTIONS:
        return True
    return name.endswith((".yml", ".yaml")) and (name.startswith("skaffold") or is_compose_name(path))


def kind_by_content(data: bytes) -> KnownKind:
    """What bytes are: a Dockerfile if they begin as one, after comments and blank lines; else YAML."""
    for line in data[:_HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        words = line.strip()
        if not words.startswith(b"#"):
            if words:
                return "dockerfile" if _FIRST_INSTRUCTION.match(words) else "yaml"
        elif _PARSER_DIRECTIVE.match(words):
            return "dockerfile"
    return "yaml"
