"""Which variables the environment of well-known base images has, beside PATH.

Recorded November 2026 by hand from what the Docker official images set in any version that is still pulled.
"""

from __future__ import annotations

from tollgate.model import lazy_re as re
from tollgate.model.dockerfile import Stage
from tollgate.model.image import parse_image
from tollgate.model.node import Scalar

_NAMES = {
    "alpine": "",
    "buildpack-deps": "",
    "busybox": "",
    "centos": "",
    "debian": "",
    "eclipse-temurin": r"JAVA_HOME|JAVA_VERSION|LANG|LANGUAGE|LC_ALL",
    "golang": r"GOLANG_VERSION|GOPATH|GOTOOLCHAIN",
    "httpd": r"HTTPD_\w+",
    "nginx": r"\w+_VERSION|\w+_RELEASE",
    "node": r"NODE_VERSION|YARN_VERSION|NPM_CONFIG_LOGLEVEL",
    "php": r"PHP\w*|GPG_KEYS|APACHE_\w+",
    "postgres": r"LANG|PG\w*|GOSU_\w+|DOCKER_\w+",
    "python": r"LANG|GPG_KEY|PYTHON_\w+",
    "redis": r"REDIS_\w+|GOSU_\w+",
    "ruby": r"LANG|RUBY_\w+|RUBYGEMS_VERSION|GEM_HOME|BUNDLE\w*",
    "rust": r"RUST_VERSION|RUSTUP_\w+|CARGO_\w+",
    "ubuntu": "",
}
"""Official image to the names, as a regular expression; empty: PATH is all there is."""


def names_of_base(stage: Stage) -> re.Pattern[str] | None:
    """What matches the variables that the image may set which the chain of stages is built on; None where
    that is not known."""
    base = stage.field("root-base")
    if not isinstance(base, Scalar) or not isinstance(base.value, str):
        return None
    reference = parse_image(base.value)
    if reference is None or not reference.is_official:
        return None
    names = _NAMES.get(reference.repository.rpartition("/")[2])
    return None if names is None else re.compile(rf"(?:{names or '(?!)'})\Z")
