"""What a file's result says ahead of relational rules: right, or not used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model import project
from tollgate.model.finding import Finding
from tollgate.model.manifests import ManifestFile
from tollgate.model.policy import Policy
from tollgate.model.project import IndexedObject, Project, pack_objects, unpack_objects
from tollgate.model.source import decode

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: web
  containers: [{name: web, image: "nginx:1.27"}]
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
"""


class _Repository:
    """Files linted together; `read_again` lists those that had to be read a second time."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.read_again: list[str] = []
        policy = Policy(select=("service-account-token-mounted",))
        self.linter = Linter(catalog.heads(), policy=policy, project=Project())

    def load(self, path: str) -> ManifestFile:
        self.read_again.append(path)
        return self.linter.read_again(decode(path, self.files[path].encode()))

    def findings(self, *, foretold: bool = True) -> dict[str, Sequence[Finding]]:
        results = [
            self.linter.lint_bytes(path, text.encode(), "yaml") for path, text in sorted(self.files.items())
        ]
        self.linter.project.fill(one for result in results for one in unpack_objects(result.objects))
        known = {result.path: result.foretold for result in results} if foretold else {}
        return self.linter.relations(given=None, load=self.load, foretold=known)


@pytest.mark.parametrize(
    ("files", "read_again"),
    [
        pytest.param({"pod.yaml": POD}, [], id="alone"),
        pytest.param({"all.yaml": f"{POD}---\n{ACCOUNT}"}, [], id="with its account in the same file"),
        pytest.param({"pod.yaml": POD, "z.yaml": ACCOUNT}, ["pod.yaml", "z.yaml"], id="related elsewhere"),
        pytest.param(
            {"pod.yaml": POD, "z.yaml": f"{ACCOUNT}automountServiceAccountToken: false\n"},
            [],
            id="no finding, because of another file",
        ),
    ],
)
def test_findings_are_those_of_reading_again(files: Mapping[str, str], read_again: list[str]) -> None:
    repository = _Repository(files)
    found = repository.findings()
    assert repository.read_again == read_again
    again = _Repository(files).findings(foretold=False)
    assert {path: list(findings) for path, findings in found.items()} == {
        path: list(findings) for path, findings in again.items()
    }


def test_foretold_findings_are_there_where_they_count() -> None:
    (finding,) = _Repository({"pod.yaml": POD}).findings()["pod.yaml"]
    assert (finding.rule, finding.location.region.start.line) == ("service-account-token-mounted", 4)


def test_index_entries_survive_packing() -> None:
    repository = _Repository({"all.yaml": f"{POD}---\n{ACCOUNT}"})
    packed = repository.linter.lint_bytes("all.yaml", repository.files["all.yaml"].encode(), "yaml").objects
    objects = list(unpack_objects(packed))
    assert [(one.kind, one.name, one.namespace, one.pods) for one in objects] == [
        ("Pod", "web", "shop", (("spec",),)),
        ("ServiceAccount", "web", "shop", ()),
    ]
    assert pack_objects(objects) == packed


def test_entries_are_decoded_when_asked_for_and_only_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "_DECODED_AT_ONCE", 2)
    written = [
        IndexedObject("a.yaml", 0, ("items", at), "v1", "Secret", None, f"s{at}", {"labels": {"n": at}})
        for at in range(5)
    ]
    read = list(unpack_objects(pack_objects(written), "", pack_objects(written[:1])))
    stored = [one.data for one in read]
    assert all(isinstance(one, project.Stored) and one._decoded is None for one in stored)
    for _ in range(2):
        assert [one.at("labels", "n") for one in read] == [0, 1, 2, 3, 4, 0]
        assert sum(one._decoded is not None for one in stored if isinstance(one, project.Stored)) == 2
    assert read == [*written, written[0]]
    assert read[3].labels == {}
