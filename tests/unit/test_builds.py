"""Which files a repository says it builds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tollgate import api
from tollgate.builds import built_files
from tollgate.options import LintOptions
from tollgate.request import found_files


def workflow(step: str) -> str:
    return f"on: push\njobs:\n  build:\n    runs-on: x\n    steps:\n      - {step}\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".github/workflows/a.yml", workflow("run: docker build -f weird.name ."), "weird.name"),
        (".github/workflows/a.yml", workflow("run: docker buildx build --push --file=a/b.txt ."), "a/b.txt"),
        (".github/workflows/a.yml", workflow("run: cd sub && podman build -fother.txt ."), "sub/other.txt"),
        (".github/workflows/a.yml", workflow("run: sudo bash -c 'buildah bud -f ./x.txt'"), "x.txt"),
        (
            ".github/workflows/a.yml",
            workflow("{uses: docker/build-push-action@v6, with: {context: ., file: ./d/weird}}"),
            "d/weird",
        ),
        (
            ".github/workflows/a.yml",
            workflow("{run: docker build -f x.txt ., working-directory: sub}"),
            "sub/x.txt",
        ),
        (
            ".github/workflows/a.yml",
            workflow('run: "echo ${{ github.sha }} && docker build -t a:${{ github.sha }} -f x.txt ."'),
            "x.txt",
        ),
        (
            ".github/workflows/a.yml",
            "jobs: {a: {strategy: {matrix: {include: [{dockerfile: d/matrix}]}}, x: docker}}\n",
            "d/matrix",
        ),
        ("Makefile", "all:\n\t@docker build -t web \\\n\t  -f make.txt .\n", "make.txt"),
        (
            "sub/compose.yaml",
            "services: {a: {build: {context: d, dockerfile: x.txt}}} # docker\n",
            "sub/d/x.txt",
        ),
        (
            "skaffold.yaml",
            "build: {artifacts: [{image: a, context: app, docker: {dockerfile: x.txt}}]}\n",
            "app/x.txt",
        ),
        (".gitlab-ci.yml", "build: {script: [docker build -f ci.txt .]}\n", "ci.txt"),
        ("cloudbuild.yaml", "steps: [{script: /kaniko/executor --dockerfile=k.txt}]\n", "k.txt"),
    ],
)
def test_what_is_built_is_found(path: str, text: str, expected: str) -> None:
    assert expected in list(built_files(path, text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        workflow("run: docker build ."),
        workflow("run: docker build -f $FILE ."),
        workflow("run: docker build -f - ."),
        workflow("run: docker build -f ../../etc/passwd ."),
        workflow("run: docker build -f /etc/passwd ."),
        workflow("run: tail -f docker.log"),
        workflow("run: docker compose -f other.yaml up"),
        "\x00docker: [",
        "docker: &a [*a]\n",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert list(built_files(".github/workflows/a.yml", text.encode())) == []


def test_very_many_are_not_all_followed() -> None:
    text = "steps:\n" + "".join(f"- {{dockerfile: docker{number}}}\n" for number in range(5000))
    assert len(list(built_files(".github/workflows/a.yml", text.encode()))) == 500


def show(folder: Path, *paths: str, **options: object) -> list[str]:
    given = tuple(os.fspath(folder / path) for path in paths) or (os.fspath(folder),)
    request = api.request_for(LintOptions(paths=given, no_cache=True, **options))  # type: ignore[arg-type]
    return [file.path for file in found_files(request).files if file.kind == "dockerfile"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "a.yml").write_text(
        workflow(
            "run: docker build -f weird.name . && docker build -f fake.yaml . && docker build -f real.yaml ."
        )
    )
    for name in ("weird.name", "fake.yaml", "unused.name"):
        (tmp_path / name).write_text("FROM alpine:3.20\n")
    (tmp_path / "real.yaml").write_text("kind: Pod\n")
    return tmp_path


def test_they_are_linted_as_dockerfiles(project: Path) -> None:
    assert show(project) == ["fake.yaml", "weird.name"]


def test_unless_policy_excludes_them_or_says_what_they_are(project: Path) -> None:
    assert show(project, extend_exclude=("weird.name",)) == ["fake.yaml"]
    (project / ".tollgate.yaml").write_text("manifests: [fake.yaml]\n")
    assert show(project) == ["weird.name"]


def test_links_out_of_the_project_are_not_followed(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Dockerfile"
    outside.write_text("FROM alpine\n")
    (project / "weird.name").unlink()
    (project / "weird.name").symlink_to(outside)
    assert show(project) == ["fake.yaml"]
