"""How package managers' command lines are read: subcommands, settings, clean-up, versions."""

from __future__ import annotations

import pytest

from tollgate.checks.package_managers import MANAGERS, Use, is_clean, packages, unpinned, use_of
from tollgate.model.shell import Command
from tollgate.model.source import decode
from tollgate.parsers import parse


def use(text: str) -> Use:
    file = parse(decode("Dockerfile", f"FROM a\nRUN {text}\n".encode()), "dockerfile")
    commands = [item for item in file.select("command") if isinstance(item, Command)]
    found = use_of(commands[0])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "manager", "subcommand"),
    [
        ("sudo /usr/bin/apt-get -qq -o Dir::Cache=/x install a", "apt-get", "install"),
        ("dnf --setopt=a=b module install -y nginx:1.24", "dnf", "module install"),
        ("dnf-3 in x", "dnf", "in"),
        ("python3.12 -I -m pip --no-input install x", "pip", "install"),
        ("pip3.11 install x", "pip", "install"),
        ("uv --quiet pip install x", "uv", "pip install"),
        ("yarn", "yarn", "install"),
        ("yarn --frozen-lockfile", "yarn", "install"),
        ("yarn --version", "yarn", ""),
        ("yarn global add x", "yarn", "global add"),
        ("go mod download", "go", "mod download"),
        ("php /usr/bin/composer.phar -q install", "composer", "install"),
        ("conda env create -f environment.yml", "conda", "env create"),
        ("rpm -i x.rpm", "rpm", ""),
    ],
)
def test_subcommands(text: str, manager: str, subcommand: str) -> None:
    assert (use(text).manager.name, use(text).subcommand) == (manager, subcommand)


@pytest.mark.parametrize("text", ["python -c pip", "python -m venv x", "./pip-thing install x", "npx x"])
def test_other_commands(text: str) -> None:
    file = parse(decode("Dockerfile", f"FROM a\nRUN {text}\n".encode()), "dockerfile")
    assert [use_of(item) for item in file.select("command") if isinstance(item, Command)] == [None]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("apt-get -o APT::Get::Assume-Yes=true install a", "yes"),
        ('apt-get -o "APT::Get::AllowUnauthenticated=1" install a', "unsigned"),
        ("dnf --setopt=sslverify=False install a", "insecure"),
        ("dnf --setopt install_weak_deps=0 install a", "no_recommends"),
        ("npm install --strict-ssl=false", "insecure"),
        ("npm install --strict-ssl false", "insecure"),
        ("gem install -P NoSecurity x", "unsigned"),
    ],
)
def test_flags_and_settings(text: str, names: str) -> None:
    call = use(text)
    assert call.flag(getattr(call.manager, names)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "npm config set strict-ssl false",
        "npm config set strict-ssl=false --global",
        "npm set strict-ssl false",
        "yarn config set enableStrictSsl false",
        "conda config --set ssl_verify no",
        "bundle config set ssl_verify_mode 0",
        "composer config -g disable-tls true",
    ],
)
def test_configured_settings(text: str) -> None:
    call = use(text)
    assert call.configures(call.manager.insecure) is not None


@pytest.mark.parametrize("text", ["npm config set strict-ssl true", "npm config get strict-ssl", "npm i"])
def test_harmless_settings(text: str) -> None:
    call = use(text)
    assert call.configures(call.manager.insecure) is None
    assert call.flag(call.manager.insecure) is None


@pytest.mark.parametrize(
    ("text", "cleans"),
    [
        ("dnf -y clean all", True),
        ("dnf clean metadata", False),
        ("zypper clean -a", True),
        ("conda clean -afy", True),
        ("conda clean --index-cache", False),
        ("npm cache clean --force", True),
        ("npm cache verify", False),
        ("yarn cache clean --all", True),
        ("go clean -modcache", True),
    ],
)
def test_clean_up(text: str, cleans: bool) -> None:
    assert is_clean(use(text)) is cleans


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("apt-get install a=1 b ./c.deb d- e/stable $F", ["b"]),
        ("apt-get build-dep a", []),
        ("apk add -t .x a=1-r0 b~2 c", ["c"]),
        ("dnf install a-1.2 gcc-c++-1.1 java-17-openjdk b-1:2.3-4.el9 @dev ./c.rpm", ["java-17-openjdk"]),
        ("dnf module install a:9 b", ["b"]),
        ("dnf group install 'Development Tools'", []),
        ("zypper -n in 'a>=1' b", ["b"]),
        ("pip install -r x.txt . ./a b/c d.whl 'e>=1,<2' f~=1 g", ["g"]),
        ("pip install git+ssh://git@h.example/a/b.git#egg=b", ["git+ssh://git@h.example/a/b.git#egg=b"]),
        ("pip install git+https://h.example/a/b@v1#egg=b", []),
        ("pip install -c constraints.txt a", []),
        ("uv tool install a@1.2 --with b", []),
        ("npm i a@1 @s/b @s/c@^2 d@latest ./e f.tgz git://h/x#v1", ["@s/b", "d@latest"]),
        ("npm ci", []),
        ("gem install a:1 b", ["b"]),
        ("gem install a -v 1.2 -- --with-x y", []),
        ("go install a/b@v1 c/d ./e f@latest", ["c/d", "f@latest"]),
        ("go run a/b@v1 c d", []),
        ("cargo install a@1 b", ["b"]),
        ("cargo install --git https://h.example/a --tag v1 a", []),
        ("composer require a/b:^1 c/d", ["c/d"]),
        ("conda install -y -c forge a=1 b", ["b"]),
    ],
)
def test_versions(text: str, without: list[str]) -> None:
    assert [word.value for word in unpinned(use(text))] == without


def test_packages_are_named() -> None:
    assert [word.value for word in packages(use("apt-get -t stable install a=1 b ./c.deb"))] == ["a=1", "b"]


@pytest.mark.parametrize("name", sorted(MANAGERS))
def test_the_fixes_of_the_table_are_what_its_checks_look_for(name: str) -> None:
    manager = MANAGERS[name]
    setting = manager.no_recommends_fix.removeprefix("--setopt=").lower()
    assert not manager.yes_fix or manager.yes_fix in manager.yes
    assert not manager.no_cache_fix or manager.no_cache_fix in manager.no_cache
    assert not setting or setting in manager.no_recommends
    assert not manager.lock_fix or manager.lock_fix in manager.lock_flags | manager.locked
