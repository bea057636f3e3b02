"""Relational checks read plain data of any shape: mutations of their rules' examples never make one fail."""

from __future__ import annotations

import json
import random

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.markers import strip_markers
from tollgate.model.policy import ALL, Cluster, MeshPolicy, Policy, Segmentation, VaultPolicy
from tollgate.model.project import Project, unpack_objects
from tollgate.model.source import decode

ODD: tuple[object, ...] = (
    *(None, True, 3, -1, 1.5, "", "x", "${X}", "a.b.svc.", "*", 10**20),
    *([], {}, [None], [[]], [{}], ["a", 1], {"name": None}, {"name": 3}, {"name": ["x"]}, {"a": "b"}),
    *({"matchLabels": {"a": None}}, {"matchExpressions": [{"key": 1}]}),
)
POLICY = Policy(
    profile=("all",),
    today="2026-11-23",
    vault=VaultPolicy(ALL),
    mesh=MeshPolicy(ALL, "istio", {"a": "b"}),
    segmentation=Segmentation("g", (Cluster("c", ("**",), ("x",), ("q",)),)),
    select=tuple(rule.name for rule in catalog.rules() if rule.relational),
)
ROUNDS = 40


def odd(value: object, chance: float, numbers: random.Random) -> object:
    if numbers.random() < chance:
        return numbers.choice(ODD)
    if isinstance(value, dict):
        return {key: odd(one, chance, numbers) for key, one in value.items() if numbers.random() > chance / 3}
    if isinstance(value, list):
        return [odd(one, chance, numbers) for one in value]
    return value


def examples() -> list[list[dict[str, object]]]:
    """The documents of each example of a relational rule."""
    found = []
    for rule in catalog.rules(texts=True):
        for text in (
            text for one in rule.examples for text in (one.bad, one.good) if rule.relational and text
        ):
            try:
                documents = list(YAML(typ="safe", pure=True).load_all(strip_markers(text).text))
            except YAMLError:
                continue
            found.append([one for one in documents if isinstance(one, dict)])
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("seed", range(8))
def test_no_shape_makes_a_relational_check_fail(seed: int) -> None:
    numbers = random.Random(seed)
    linter = Linter(catalog.heads(), policy=POLICY, project=Project(), edits=False)
    for _ in range(ROUNDS):
        documents = [*numbers.choice(EXAMPLES), *numbers.choice(EXAMPLES)]
        chance = numbers.choice((0.02, 0.06, 0.15))
        parts = [json.dumps(odd(one, chance, numbers), default=str) for one in documents]
        text = "".join(f"---\n{part}\n" for part in parts)
        source = decode("manifest.yaml", text.encode())
        result = linter.lint(source, "yaml")
        linter.project.fill(unpack_objects(result.objects))
        again = linter.read_again(source)
        linter.relations(given=None, load={source.path: again}.get, foretold={})
