"""What Kubernetes' admission controller says of generated pods, at every level and version, kept as text.

pss.json was recorded with k8s.io/pod-security-admission v0.37.2: each pod of `recorded_pods()` was
decoded, a volume without a source made an emptyDir as the API server's defaults do, and judged by the
evaluator with its default checks. For each pod there are two words, baseline and restricted, of one
digit for each version from 1.0 to 1.38: 1 is allowed. `python -m tests.oracle.pss` prints the pods, one
a line, for whoever records anew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.oracle.pss_pods import pods

RECORD = Path(__file__).with_name("pss.json")
LEVELS = ("pss-baseline", "pss-restricted")
VERSIONS = tuple(f"1.{minor}" for minor in range(39))


def recorded_pods() -> list[dict[str, Any]]:
    return pods(500, seed=7)


def recorded_verdicts() -> dict[str, dict[tuple[str, str], bool]]:
    """By the pod's name, then by set and version: whether it is allowed."""
    written: dict[str, str] = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        name: {
            (level, version): digit == "1"
            for level, word in zip(LEVELS, words.split(), strict=True)
            for version, digit in zip(VERSIONS, word, strict=True)
        }
        for name, words in written.items()
    }


if __name__ == "__main__":
    for pod in recorded_pods():
        sys.stdout.write(f"{json.dumps(pod)}\n")
