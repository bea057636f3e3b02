"""Messages hold nothing that is masked, however long the value is that they show."""

from __future__ import annotations

from pathlib import Path

import tollgate

SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"  # made up; the shape is GitHub's


def test_a_value_that_is_cut_shows_no_part_of_a_secret(tmp_path: Path) -> None:
    for padding in range(40, 120, 5):
        file = tmp_path / "Dockerfile"
        file.write_text(f"FROM a\nRUN pip install {'p' * padding} git+https://u:{SECRET}@git.example/b.git\n")
        result = tollgate.lint([file], profile="all", config=None)
        messages = [one.message for one in result.findings if one.rule == "language-package-unpinned"]
        assert len(messages) == 1
        assert SECRET[:6] not in messages[0]
