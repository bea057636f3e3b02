"""How each package manager is spoken to on command lines. Data only; `package_managers` reads it."""

from __future__ import annotations

from tollgate.model.record import NamedTuple

_NONE: frozenset[str] = frozenset()


class Manager(NamedTuple):
    """One manager. Subcommands of several words are written with one blank between them.

    family        managers with the same caches and the same clean-up share it
    values        flags that take a value
    install, update, upgrade, remove   subcommands: bring packages, refresh the index, bring all packages
                  to the day's versions, take packages away
    other         further subcommands of two words that must not be read as one word and an operand
    dashes_end    words behind `--` are handed on to another program
    bare          the subcommand that a call without one means (`yarn`)
    system        its packages are the distribution's, not a language's

    yes           flags that keep it from asking; empty where it never asks. `yes_fix` is the one to insert,
                  behind the subcommand, or before it with `yes_first`
    asks          subcommands that ask; where empty, all of install, upgrade and remove do
    yes_variable  an environment variable that answers for it

    settings      flags whose value is `NAME=value` (`-o`, `--setopt`)
    unsigned      flags, and settings (`name=value`, lower case), that switch off the check of signatures
    insecure      flags and settings that switch off TLS or the check of certificates
    extra_index   flags and settings with which the same name may come from one index or another
    no_recommends flags and settings that leave out what a package merely recommends
    no_recommends_fix   what to insert for that

    no_cache      flags of the installation that leave nothing behind; `no_cache_fix` is the one to insert
    no_cache_variable   environment variables that do the same
    clean         words of the commands that clean up, such as `clean all`; the first is the one to propose
    caches        folders that hold what is left behind

    by_name       subcommands whose operands are packages by name; where empty, `install`
    first_only    subcommands of which only the first operand is a package (`go run`)
    pin           what an operand looks like that says its version
    loose         what a version looks like that names whatever is newest
    no_name       what an operand looks like that is a file, a folder or a group, no name in an index
    pin_flags     flags that give the version or revision
    bound_by      flags naming a file that holds the versions of all that is installed

    locked        subcommands that install just what the lock file says
    lock_flags    flags with which the installation does
    lock_variable environment variables with which it does
    lock_files    names of the lock file
    lock_fix      what to write: a flag to add, or the subcommand to use instead
    relock        subcommands that resolve all versions anew
    """

    name: str
    family: str
    values: frozenset[str] = _NONE
    install: frozenset[str] = _NONE
    update: frozenset[str] = _NONE
    upgrade: frozenset[str] = _NONE
    remove: frozenset[str] = _NONE
    other: frozenset[str] = _NONE
    dashes_end: bool = False
    bare: str = ""
    system: bool = False
    yes: frozenset[str] = _NONE
    yes_fix: str = ""
    yes_first: bool = False
    asks: frozenset[str] = _NONE
    yes_variable: str = ""
    settings: frozenset[str] = _NONE
    unsigned: frozenset[str] = _NONE
    insecure: frozenset[str] = _NONE
    extra_index: frozenset[str] = _NONE
    no_recommends: frozenset[str] = _NONE
    no_recommends_fix: str = ""
    no_cache: frozenset[str] = _NONE
    no_cache_fix: str = ""
    no_cache_variable: frozenset[str] = _NONE
    clean: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    by_name: frozenset[str] = _NONE
    first_only: frozenset[str] = _NONE
    pin: str = ""
    loose: str = ""
    no_name: str = ""
    pin_flags: frozenset[str] = _NONE
    bound_by: frozenset[str] = _NONE
    locked: frozenset[str] = _NONE
    lock_flags: frozenset[str] = _NONE
    lock_variable: frozenset[str] = _NONE
    lock_files: tuple[str, ...] = ()
    lock_fix: str = ""
    relock: frozenset[str] = _NONE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    """Subcommands, separated by commas."""
    return frozenset(part.strip() for part in text.split(","))


_APT = Manager(
    "apt-get",
    "apt",
    values=_words(
        "-o --option -c --config-file -t --target-release --default-release -a --host-architecture"
    ),
    install=_words("install reinstall build-dep satisfy"),
    update=_words("update"),
    upgrade=_words("upgrade dist-upgrade full-upgrade dselect-upgrade"),
    remove=_words("remove purge autoremove autopurge"),
    system=True,
    yes=_words("-y --yes --assume-yes --force-yes apt::get::assume-yes=true apt::get::assume-yes=1"),
    yes_fix="-y",
    settings=_words("-o --option"),
    unsigned=_words(
        "--allow-unauthenticated --force-yes --allow-insecure-repositories"
        " apt::get::allowunauthenticated=true apt::get::allowunauthenticated=1"
        " acquire::allowinsecurerepositories=true acquire::allowinsecurerepositories=1"
    ),
    insecure=_words(
        "acquire::https::verify-peer=false acquire::https::verify-peer=0"
        " acquire::https::verify-host=false acquire::https::verify-host=0"
    ),
    no_recommends=_words(
        "--no-install-recommends apt::install-recommends=false apt::install-recommends=0"
        " apt::install-recommends=no --install-recommends=false --install-recommends=no"
        " --install-recommends=0"
    ),
    no_recommends_fix="--no-install-recommends",
    clean=("clean", "dist-clean", "distclean"),
    caches=("/var/lib/apt/lists", "/var/lib/apt", "/var/cache/apt"),
    by_name=_words("install reinstall"),
    pin=r"[=/]",
    no_name=r"\A[./~]|\.deb\Z|[-+]\Z|[*?^]",
)
_DNF = Manager(
    "dnf",
    "dnf",
    values=_words(
        "--setopt -c --config --repo --repoid --enablerepo --enable-repo --disablerepo --disable-repo"
        " --installroot -x --exclude --excludepkgs --releasever -d -e --debuglevel --errorlevel"
        " --enableplugin"
        " --disableplugin --forcearch --advisory --comment --repofrompath --from-repo --destdir --downloaddir"
    ),
    install=_phrases(
        "install, in, localinstall, groupinstall, group install, environment install, module install, swap,"
        " reinstall, rei, builddep, build-dep, install-n, install-na, install-nevra"
    ),
    update=_words("makecache mc check-update check-upgrade"),
    upgrade=_words(
        "upgrade up update distro-sync distrosync dsync dist-upgrade upgrade-minimal update-minimal up-min"
    ),
    remove=_phrases("remove, rm, erase, autoremove, group remove, module remove"),
    other=_phrases("module enable, module disable, module reset, group list, config-manager setopt"),
    system=True,
    yes=_words("-y --assumeyes --yes assumeyes=true assumeyes=1 assumeyes=yes"),
    yes_fix="-y",
    settings=_words("--setopt"),
    unsigned=_words("--nogpgcheck --no-gpgchecks --no-gpg-checks gpgcheck=0 gpgcheck=false gpgcheck=no"),
    insecure=_words("sslverify=0 sslverify=false sslverify=no"),
    no_recommends=_words("install_weak_deps=0 install_weak_deps=false install_weak_deps=no"),
    no_recommends_fix="--setopt=install_weak_deps=False",
    clean=("clean all", "clean packages"),
    caches=("/var/cache/dnf", "/var/cache/libdnf5"),
    by_name=_phrases("install, in, reinstall, rei, module install, install-n, install-na, install-nevra"),
    pin=r"-\d[\w.+~^:*?]*(?:-\d[\w.+~^*?]*)?\Z|\A\w[\w.+-]*:\d|[<>=]",
    no_name=r"\A[@./~]|\.rpm\Z|://|[*?]",
)
_PYTHON_FILES = r"\A[./~]|\.(?:whl|zip|tar\.\w+|tgz|toml|txt)(?:#|\Z)|\Afile:|\A[^:+]*/|://"
_PYTHON_PIN = r"[=<>~!]=|[<>]|\A[a-z]+\+\w+://[^/#]+/[^#@]*@[^#]| @ "
_PIP = Manager(
    "pip",
    "pip",
    values=_words(
        "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links --trusted-host -t"
        " --target --platform --python-version --python --implementation --abi --cache-dir --proxy --cert"
        " --client-cert --timeout --retries --prefix --root --root-user-action --src --log -e --editable"
        " --no-binary --only-binary --config-settings -C --global-option --install-option --progress-bar"
        " --upgrade-strategy --report --exists-action --use-feature --use-deprecated --keyring-provider"
        " --build-constraint -d --dest -w --wheel-dir --group"
    ),
    install=_words("install"),
    remove=_words("uninstall"),
    yes=_words("-y --yes"),
    yes_fix="-y",
    asks=_words("uninstall"),
    insecure=_words("--trusted-host global.trusted-host install.trusted-host"),
    extra_index=_words("--extra-index-url global.extra-index-url install.extra-index-url"),
    no_cache=_words("--no-cache-dir --no-cache"),
    no_cache_fix="--no-cache-dir",
    no_cache_variable=_words("PIP_NO_CACHE_DIR"),
    clean=("cache purge",),
    caches=("/root/.cache/pip", "~/.cache/pip", "/root/.cache", "~/.cache"),
    pin=_PYTHON_PIN,
    no_name=_PYTHON_FILES,
    bound_by=_words("-c --constraint --require-hashes"),
)
_UV = Manager(
    "uv",
    "uv",
    values=_PIP.values
    | _words(
        "--index --default-index --index-strategy --python-platform --allow-insecure-host --extra --with"
        " --with-editable --with-requirements --from --package --project --directory -p --refresh-package -P"
        " --upgrade-package --exclude-newer --link-mode --no-group --only-group --no-install-package"
        " --prerelease"
        " --resolution --config-file --constraints --constraint --override --overrides --color --output-file"
    ),
    install=_phrases("pip install, pip sync, tool install, add, sync, run"),
    upgrade=_phrases("tool upgrade"),
    other=_phrases(
        "pip uninstall, pip compile, pip list, python install, cache clean, cache prune, tool run, self"
        " update"
    ),
    insecure=_words("--allow-insecure-host --trusted-host"),
    extra_index=_words("--index-strategy=unsafe-best-match --index-strategy=unsafe-first-match"),
    no_cache=_words("--no-cache --no-cache-dir -n"),
    no_cache_fix="--no-cache",
    no_cache_variable=_words("UV_NO_CACHE"),
    clean=("cache clean",),
    caches=("/root/.cache/uv", "~/.cache/uv", "/root/.cache", "~/.cache"),
    by_name=_phrases("pip install, tool install, add, tool run"),
    first_only=_phrases("tool install, tool run"),
    pin=_PYTHON_PIN + r"|\A[\w.-]+(?:\[[\w,.-]*\])?@v?\d",
    no_name=_PYTHON_FILES,
    bound_by=_words("-c --constraint --constraints --require-hashes"),
    locked=_phrases("pip sync"),
    lock_flags=_words("--locked --frozen"),
    lock_variable=_words("UV_LOCKED UV_FROZEN"),
    lock_files=("uv.lock",),
    lock_fix="--locked",
    relock=_phrases("lock --upgrade"),
)
_NODE_PIN = r".@(?:npm:.+@)?[~^<>=v]*\d|#[^#]"
_NODE_LOOSE = r".@(?:latest|next|beta|canary|\*|x)\Z"
_NODE_FILES = r"\A[.~/]|\A(?:file|link|workspace):|\.(?:tgz|tar\.gz|tar)\Z"
_NPM = Manager(
    "npm",
    "npm",
    values=_words(
        "--prefix -C --registry --cache --userconfig --globalconfig --loglevel -w --workspace --omit"
        " --include"
        " --only --tag --script-shell --install-strategy --cpu --os --libc --before --fetch-retries"
        " --strict-ssl --fetch-timeout --network-timeout --proxy --https-proxy --cafile --scope --location -L"
    ),
    install=_words(
        "install i in ins inst add ci clean-install ic install-clean install-test it install-ci-test cit"
    ),
    upgrade=_words("update up upgrade udpate"),
    remove=_words("uninstall un remove rm r unlink"),
    other=_phrases("cache clean, cache verify, config set, config get"),
    insecure=_words("strict-ssl=false strict-ssl=0 --no-strict-ssl"),
    clean=("cache clean --force", "cache clean", "cache clean -f"),
    caches=("/root/.npm", "~/.npm"),
    by_name=_words("install i in ins inst add install-test it"),
    pin=_NODE_PIN,
    loose=_NODE_LOOSE,
    no_name=_NODE_FILES,
    locked=_words("ci clean-install ic install-clean install-ci-test cit"),
    lock_files=("package-lock.json", "npm-shrinkwrap.json"),
    lock_fix="ci",
    relock=_words("update up upgrade udpate"),
)
_CONDA = Manager(
    "conda",
    "conda",
    values=_words(
        "-n --name -p --prefix -c --channel -f --file --solver --repodata-fn --subdir --platform --revision"
    ),
    install=_phrases("install, create, env create, env update"),
    upgrade=_phrases("update, upgrade"),
    remove=_phrases("remove, uninstall, env remove"),
    other=_phrases("config set, env export, env list"),
    yes=_words("-y --yes"),
    yes_fix="-y",
    asks=_phrases("install, create, update, upgrade, remove, uninstall"),
    yes_variable="CONDA_ALWAYS_YES",
    insecure=_words("-k --insecure ssl_verify=false ssl_verify=no --ssl-no-revoke"),
    clean=("clean -afy", "clean -a", "clean --all", "clean -t", "clean --tarballs", "clean -p"),
    caches=("/opt/conda/pkgs", "/root/.conda/pkgs", "~/.conda/pkgs", "/opt/miniconda3/pkgs"),
    by_name=_phrases("install, create"),
    pin=r"[=<>]",
    no_name=r"\A[./~]|\.(?:conda|tar\.bz2|ya?ml|txt)\Z|://",
)  # fmt: skip
_YARN = Manager(
    "yarn",
    "yarn",
    values=_words("--cwd --cache-folder --registry --network-timeout --modules-folder --mutex --strict-ssl"),
    install=_phrases("install, add, global add, ci"),
    upgrade=_phrases("upgrade, up, global upgrade"),
    other=_phrases("cache clean, cache clear, config set, global remove, workspaces focus"),
    bare="install",
    insecure=_words("strict-ssl=false enablestrictssl=false --no-strict-ssl"),
    clean=("cache clean", "cache clear"),
    caches=(
        "/usr/local/share/.cache/yarn",
        "/usr/local/share/.cache",
        "/root/.cache/yarn",
        "~/.cache/yarn",
        "/root/.cache",
    ),
    by_name=_phrases("add, global add"),
    pin=_NODE_PIN,
    loose=_NODE_LOOSE,
    no_name=_NODE_FILES,
    lock_flags=_words("--frozen-lockfile --immutable --pure-lockfile"),
    lock_files=("yarn.lock",),
    lock_fix="--frozen-lockfile",
    relock=_words("upgrade up"),
)

MANAGERS: dict[str, Manager] = {
    "apt-get": _APT,
    "apt": _APT._replace(name="apt"),
    "aptitude": _APT._replace(name="aptitude", upgrade=_words("safe-upgrade full-upgrade dist-upgrade"
    " upgrade")),
    "dnf": _DNF,
    "dnf5": _DNF._replace(name="dnf5"),
    "yum": _DNF._replace(
        name="yum", caches=("/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5")
    ),
    # Its own program never asks; where dnf5 stands behind the name it does.
    "microdnf": _DNF._replace(
        name="microdnf", family="microdnf", caches=("/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5")
    ),
    "yum-config-manager": Manager(
        "yum-config-manager",
        "dnf",
        values=_words("--setopt --add-repo --disablerepo --enablerepo --disable --enable -c --config"),
        system=True,
        settings=_words("--setopt"),
        unsigned=_DNF.unsigned,
        insecure=_DNF.insecure,
    ),
    "tdnf": _DNF._replace(name="tdnf", family="tdnf", caches=("/var/cache/tdnf",)),
    "zypper": Manager(
        "zypper",
        "zypper",
        values=_words(
            "-R --root -c --config -D --reposd-dir -C --cache-dir --releasever -r --repo --from -t --type"
            " --installroot --plus-repo -p --plus-content"
        ),
        install=_words("install in source-install si install-new-recommends inr"),
        update=_words("refresh ref"),
        upgrade=_words("update up dist-upgrade dup patch"),
        remove=_words("remove rm"),
        system=True,
        yes=_words("-n --non-interactive -y --no-confirm --quiet-yes"),
        yes_fix="-n",
        yes_first=True,
        unsigned=_words("--no-gpg-checks --allow-unsigned-rpm --no-gpgcheck --gpgcheck-allow-unsigned"),
        no_recommends=_words("--no-recommends"),
        no_recommends_fix="--no-recommends",
        clean=("clean --all", "clean -a", "clean", "cc -a", "cc"),
        caches=("/var/cache/zypp",),
        by_name=_words("install in"),
        pin=r"[=<>]|-\d[\w.+~^:]*-\d",
        no_name=r"\A[./~]|\.rpm\Z|://|\A(?:pattern|patch|product|srcpackage):|[*?]",
    ),
    "apk": Manager(
        "apk",
        "apk",
        values=_words(
            "-t --virtual -X --repository --repositories-file -p --root --cache-dir --cache-max-age --arch"
            " --keys-dir --progress-fd --timeout --wait"
        ),
        install=_words("add"),
        update=_words("update"),
        upgrade=_words("upgrade"),
        remove=_words("del"),
        system=True,
        unsigned=_words("--allow-untrusted"),
        insecure=_words("--no-check-certificate"),
        no_cache=_words("--no-cache"),
        no_cache_fix="--no-cache",
        clean=("cache clean", "cache purge"),
        caches=("/var/cache/apk", "/etc/apk/cache"),
        pin=r"[=<>~]",
        no_name=r"\A[./~!]|\.apk\Z|://",
    ),
    "rpm": Manager(
        "rpm",
        "rpm",
        values=_words("--root --dbpath --prefix --relocate -D --define --define= -E --eval --qf"
                      " --queryformat"),
        system=True,
        unsigned=_words("--nosignature --nodigest --nofiledigest --noverify --nogpg"),
    ),
    "pip": _PIP,
    "pip3": _PIP._replace(name="pip3"),
    "pipx": Manager(
        "pipx",
        "pip",
        values=_words("--python --pip-args -i --index-url --suffix --spec --preinstall --backend"),
        install=_phrases("install, inject, run"),
        upgrade=_phrases("upgrade-all"),
        first_only=_words("install run"),
        by_name=_words("install run"),
        pin=_PYTHON_PIN,
        no_name=_PYTHON_FILES,
        pin_flags=_words("--spec"),
    ),
    "uv": _UV,
    "poetry": Manager(
        "poetry",
        "poetry",
        values=_words(
            "-C --directory -P --project -G --group --with --without --only -E --extras --source --python"
            " --platform --priority"
        ),
        install=_phrases("install, sync, add, self add"),
        upgrade=_phrases("self update"),
        other=_phrases("cache clear, source add, config set, self install"),
        no_cache=_words("--no-cache"),
        no_cache_fix="--no-cache",
        clean=("cache clear",),
        caches=("/root/.cache/pypoetry", "~/.cache/pypoetry", "/root/.cache", "~/.cache"),
        no_cache_variable=_words("POETRY_NO_CACHE"),
        by_name=_phrases("add, self add"),
        pin=_PYTHON_PIN + r"|.[@:][~^]?v?\d",
        loose=r"@latest\Z",
        no_name=_PYTHON_FILES,
        locked=_words("install sync"),
        lock_files=("poetry.lock",),
        relock=_words("update lock"),
    ),
    "pipenv": Manager(
        "pipenv",
        "pipenv",
        values=_words("-r --requirements -i --index -e --editable --python --pypi-mirror --extra-pip-args"
                      " --categories --keep-outdated"),
        install=_words("install sync"),
        remove=_words("uninstall"),
        clean=("--clear",),
        caches=("/root/.cache/pipenv", "~/.cache/pipenv", "/root/.cache", "~/.cache"),
        by_name=_words("install"),
        pin=_PYTHON_PIN,
        no_name=_PYTHON_FILES,
        locked=_words("sync"),
        lock_flags=_words("--deploy --ignore-pipfile"),
        lock_variable=_words("PIPENV_IGNORE_PIPFILE"),
        lock_files=("Pipfile.lock",),
        lock_fix="--deploy",
        relock=_words("update upgrade lock"),
    ),
    "npm": _NPM,
    "pnpm": _NPM._replace(
        name="pnpm",
        family="pnpm",
        install=_words("install i add ci install-test it fetch"),
        upgrade=_words("update up upgrade"),
        other=_phrases("store prune, config set"),
        clean=("store prune",),
        caches=(
            "/root/.local/share/pnpm/store",
            "~/.local/share/pnpm/store",
            "/root/.local/share/pnpm",
            "/pnpm/store",
        ),
        by_name=_words("add install i"),
        locked=_words("ci fetch"),
        lock_flags=_words("--frozen-lockfile --offline"),
        lock_variable=_words("CI"),
        lock_files=("pnpm-lock.yaml",),
        lock_fix="--frozen-lockfile",
        relock=_words("update up upgrade"),
    ),
    "yarn": _YARN,
    "bun": _YARN._replace(
        name="bun",
        family="bun",
        values=_words("--cwd --config -c --cache-dir --registry --cafile --backend"),
        install=_phrases("install, i, add, ci"),
        upgrade=_phrases("update"),
        other=_phrases("pm cache"),
        bare="",
        insecure=_NONE,
        clean=("pm cache rm",),
        caches=("/root/.bun/install/cache", "~/.bun/install/cache", "/root/.bun", "~/.bun"),
        by_name=_words("add a install i"),
        locked=_words("ci"),
        lock_flags=_words("--frozen-lockfile"),
        lock_files=("bun.lock", "bun.lockb"),
        relock=_words("update"),
    ),
    "gem": Manager(
        "gem",
        "gem",
        values=_words(
            "-v --version -s --source -i --install-dir -n --bindir -P --trust-policy --platform -B"
            " --build-root"
            " -p --http-proxy -g --file --config-file -b --use-system-libraries"
        ),
        dashes_end=True,
        install=_words("install i"),
        upgrade=_words("update"),
        remove=_words("uninstall"),
        unsigned=_words("--trust-policy=nosecurity -P=nosecurity"),
        by_name=_words("install i"),
        pin=r".:(?:[~<>=!]+ ?)?\d",
        no_name=r"\A[./~]|\.gem\Z|\A-",
        pin_flags=_words("-v --version"),
        bound_by=_words("-g --file"),
    ),
    "bundle": Manager(
        "bundle",
        "bundle",
        values=_words("--gemfile --path -j --jobs --without --with --retry -r --system --binstubs --shebang"),
        install=_words("install"),
        other=_phrases("config set, config unset, config get, cache clean"),
        bare="install",
        insecure=_words("ssl_verify_mode=0 ssl_verify_mode=none"),
        lock_flags=_words("--deployment --frozen --local"),
        lock_variable=_words("BUNDLE_DEPLOYMENT BUNDLE_FROZEN"),
        lock_files=("Gemfile.lock",),
        relock=_words("update"),
    ),
    "go": Manager(
        "go",
        "go",
        values=_words(
            "-C -o -p -tags -ldflags -gcflags -asmflags -mod -modfile -modcacherw -overlay -pkgdir -toolexec"
            " -buildmode -compiler -exec -covermode -coverpkg -asan -pgo -buildvcs -run -count -timeout"
            " -bench"
        ),
        install=_phrases("install, get, run, mod download, mod tidy"),
        other=_phrases("mod vendor, mod verify, mod init, mod edit, work sync, env -w"),
        insecure=_words("-insecure"),
        clean=("clean -modcache", "clean -cache", "clean -cache -modcache"),
        caches=("/go/pkg/mod", "/go/pkg", "/root/go/pkg/mod", "/root/.cache/go-build", "/root/.cache"),
        by_name=_words("install get run"),
        first_only=_words("run"),
        pin=r"@.",
        loose=r"@(?:latest|upgrade|patch|master|main|HEAD)\Z",
        no_name=r"\A[./~]|\.go\Z|\A(?:all|std|cmd|tool|work)\Z",
        locked=_phrases("mod download"),
        lock_files=("go.sum",),
    ),
    "cargo": Manager(
        "cargo",
        "cargo",
        values=_words(
            "--version --vers --git --branch --tag --rev --path --root --registry --index --target"
            " --target-dir"
            " --features -F --profile -j --jobs --manifest-path --config -Z --bin --example -p --package"
            " --color"
            " --bins= --message-format"
        ),
        install=_phrases("install, fetch, add, binstall"),
        upgrade=_phrases("update"),
        caches=(
            "/usr/local/cargo/registry",
            "/root/.cargo/registry",
            "~/.cargo/registry",
            "/usr/local/cargo",
            "/root/.cargo",
        ),
        by_name=_words("install binstall add"),
        pin=r".@[~^=<>]*\d",
        no_name=r"\A[./~]",
        pin_flags=_words("--version --vers --tag --rev --path"),
        lock_flags=_words("--locked --frozen"),
        lock_files=("Cargo.lock",),
        lock_fix="--locked",
    ),
    "composer": Manager(
        "composer",
        "composer",
        values=_words("-d --working-dir --prefer-install --apcu-autoloader-prefix --repository"
                      " --repository-url"
                      " --stability -s --ignore-platform-req"),
        install=_phrases("install, i, require, req, global require, create-project"),
        other=_phrases("config -g, global config, global remove"),
        insecure=_words("disable-tls=true secure-http=false --no-secure-http"),
        no_cache=_words("--no-cache"),
        no_cache_fix="--no-cache",
        clean=("clear-cache", "clearcache", "cc"),
        caches=("/root/.composer/cache", "~/.composer/cache", "/root/.cache/composer", "~/.cache/composer",
                "/root/.composer", "/root/.cache"),
        by_name=_phrases("require, req, global require"),
        pin=r".[:=][~^<>=v]*\d| \d",
        loose=r"[:=](?:\*|@dev|dev-)",
        no_name=r"\A[./~]",
        locked=_words("install i"),
        lock_files=("composer.lock",),
        relock=_words("update u upgrade"),
    ),
    "conda": _CONDA,
    "mamba": _CONDA._replace(name="mamba"),
    "micromamba": _CONDA._replace(name="micromamba"),
}  # fmt: skip
