"""Writes the old repository of the story: ten services with a Dockerfile and a manifest each, which nobody has
linted before.

    python make_repository.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

SERVICES = "cart catalog checkout email feed identity orders payments search stock".split()

POLICY = """\
profile: recommended
kubernetes-version: "1.35"
today: 2026-11-23
peer-suppressions: honour  # the team comes from Checkov
"""

DOCKERFILE = """\
FROM python:latest
MAINTAINER shop@example.com
WORKDIR /srv/{name}
ADD . .
RUN apt-get update && apt-get install curl
RUN curl https://example.com/tool.sh | sh
RUN sudo pip install -r requirements.txt
CMD ["python", "-m", "{name}"]
"""

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: shop
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      hostNetwork: true
      containers:
        - name: {name}
          image: shop/{name}
          securityContext:
            allowPrivilegeEscalation: false
          ports:
            - containerPort: 8080
              hostPort: 8080
"""


def main(folder: str) -> None:
    """Write all files below `folder`, which is made."""
    texts = {".tollgate.yaml": POLICY}
    for name in SERVICES:
        texts[f"{name}/Dockerfile"] = DOCKERFILE.format(name=name)
        texts[f"deploy/{name}.yaml"] = MANIFEST.format(name=name)
    for path, text in texts.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
