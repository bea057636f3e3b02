"""How many pods there are, where several files have a say."""

from __future__ import annotations

from pathlib import Path

import pytest

import tollgate

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
"""
BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}
"""
OVERLAY = "resources: [../base]\n"
BASE = "resources: [deployment.yaml, budget.yaml]\n"
BOTH = {"pdb-blocks-eviction", "single-replica"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, BOTH, id="nobody else has a say"),
        pytest.param({"hpa.yaml": AUTOSCALER}, set(), id="an autoscaler"),
        pytest.param(
            {"hpa.yaml": AUTOSCALER.replace("shop", "blog")}, BOTH, id="the autoscaler of another namespace"
        ),
        pytest.param(
            {
                "base/kustomization.yaml": BASE,
                "prod/kustomization.yaml": OVERLAY + "patches: [{path: more.yaml}]\n",
                "prod/more.yaml": PATCH,
            },
            set(),
            id="a patch",
        ),
        pytest.param(
            {
                "base/kustomization.yaml": BASE,
                "prod/kustomization.yaml": OVERLAY + "replicas: [{name: web, count: 3}]\n",
            },
            set(),
            id="a kustomization",
        ),
        pytest.param(
            {
                "base/kustomization.yaml": BASE,
                "prod/kustomization.yaml": OVERLAY + "patches: [{patch: '[{path: /spec/replicas}]'}]\n",
            },
            set(),
            id="a patch in a kustomization",
        ),
        pytest.param(
            {
                "base/kustomization.yaml": BASE,
                "prod/kustomization.yaml": OVERLAY + "patches: [{patch: '[{path: /spec/paused}]'}]\n",
            },
            BOTH,
            id="a patch of something else",
        ),
    ],
)
def test_what_else_sets_the_number_of_pods_counts(
    tmp_path: Path, files: dict[str, str], expected: set[str]
) -> None:
    for path, text in {"base/deployment.yaml": DEPLOYMENT, "base/budget.yaml": BUDGET, **files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    found = {one.rule for one in tollgate.lint([tmp_path], profile="strict", config=None).findings}
    assert found & BOTH == expected
