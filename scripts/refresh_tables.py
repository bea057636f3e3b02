"""Refresh the tables that Tollgate ships from what package registries carry.

    python scripts/refresh_tables.py            say how old the tables are
    python scripts/refresh_tables.py --write    fetch the packages and write the tables anew

Packages are fetched with their ordinary clients: `npm pack` for `spdx-license-ids` (CC0) and
`node-releases`, Debian's `distro-info-data` from where apt has installed it. What no package carries is
kept by hand in scripts/end_of_life.txt.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = ROOT / "tollgate" / "checks"
BY_HAND = Path(__file__).with_name("end_of_life.txt")
DISTRO_INFO = Path("/usr/share/distro-info")
_RECORDED = re.compile(r'^RECORDED = "([0-9-]{10})"$', re.MULTILINE)

Cycles = dict[str, str]
"""Release cycle to the day of its end of life."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="fetch the packages and write the tables")
    parser.add_argument(
        "--today", default=dt.datetime.now(tz=dt.timezone.utc).date().isoformat(), help="the day to record"
    )
    given = parser.parse_args()
    if given.write:
        licences, version = licence_names()
        write_licences(licences, version=version, today=given.today)
        write_ends(ends_of_life(given.today), today=given.today)
    for name in ("spdx_names.py", "end_of_life_table.py"):
        found = _RECORDED.search((CHECKS / name).read_text())
        sys.stdout.write(f"{name}: recorded {found[1] if found else 'on an unknown day'}\n")


def npm_package(name: str, member: str) -> tuple[object, str]:
    """A JSON file out of an npm package, and the package's version."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", "--ignore-scripts", name],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(Path(folder) / packed.stdout.strip().splitlines()[-1]) as archive:
            texts = {}
            for wanted in (member, "package.json"):
                stream = archive.extractfile(f"package/{wanted}")
                if stream is None:
                    raise SystemExit(f"{name} holds no {wanted}")
                texts[wanted] = json.load(stream)
    return texts[member], str(texts["package.json"]["version"])


def licence_names() -> tuple[list[str], str]:
    current, version = npm_package("spdx-license-ids", "index.json")
    deprecated, _ = npm_package("spdx-license-ids", "deprecated.json")
    assert isinstance(current, list)
    assert isinstance(deprecated, list)
    return sorted({*current, *deprecated}, key=str.lower), version


def node_ends(today: str) -> Cycles:
    schedule, _ = npm_package("node-releases", "data/release-schedule/release-schedule.json")
    assert isinstance(schedule, dict)
    begun = {
        name.removeprefix("v"): entry for name, entry in schedule.items() if str(entry["start"]) <= today
    }
    names = {name: str(entry["end"]) for name, entry in begun.items()}
    codes = {
        str(entry["codename"]).lower(): str(entry["end"]) for entry in begun.values() if "codename" in entry
    }
    return names | codes


def distribution_ends(name: str, today: str) -> tuple[Cycles, dict[str, str]]:
    """Ends of Debian (with its long-term support) or Ubuntu (with its standard support), and code names."""
    ends: Cycles = {}
    names: dict[str, str] = {}
    with (DISTRO_INFO / f"{name}.csv").open() as file:
        for row in csv.DictReader(file):
            version = row["version"].removesuffix(" LTS")
            end = (row.get("eol-lts") if name == "debian" else None) or row["eol"]
            if version and end and row["release"] <= today:
                ends[version] = end
                names[row["series"]] = version
    return ends, names


def by_hand() -> dict[str, Cycles]:
    """The products of scripts/end_of_life.txt: `product cycle=day …`, continued on indented lines."""
    products: dict[str, Cycles] = {}
    name = ""
    for line in BY_HAND.read_text().splitlines():
        text = line.partition("#")[0]
        words = text.split()
        if words and not text[0].isspace():
            name = words.pop(0)
        for word in words:
            cycle, _, day = word.partition("=")
            dt.date.fromisoformat(day)
            products.setdefault(name, {})[cycle] = day
    return products


def ends_of_life(today: str) -> dict[str, Cycles]:
    products = by_hand()
    for name in ("debian", "ubuntu"):
        ends, names = distribution_ends(name, today)
        products[name] = ends | {series: ends[version] for series, version in names.items()}
    products["node"] = products.get("node", {}) | node_ends(today)
    return products


def write_licences(names: list[str], *, version: str, today: str) -> None:
    text = textwrap.fill(" ".join(names), 106, break_long_words=False, break_on_hyphens=False)
    body = textwrap.indent(text, "    ")
    (CHECKS / "spdx_names.py").write_text(
        f'"""The identifiers of the SPDX licence list, from spdx-license-ids {version}.\n\n'
        f'Written by scripts/refresh_tables.py.\n"""\n\n'
        f'from __future__ import annotations\n\nRECORDED = "{today}"\n\nNAMES = """\n{body}\n"""\n'
    )


def write_ends(products: Mapping[str, Cycles], *, today: str) -> None:
    lines = []
    for name in sorted(products):
        entries = sorted(products[name].items(), key=lambda entry: (entry[1], entry[0]))
        text = f"{name} " + " ".join(f"{cycle}={day}" for cycle, day in entries)
        lines.append(
            textwrap.fill(text, 106, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        )
    body = textwrap.indent("\n".join(lines), "    ")
    (CHECKS / "end_of_life_table.py").write_text(
        '"""Days on which releases get their last fixes; written by scripts/refresh_tables.py.\n\n'
        "Debian (with its long-term support) and Ubuntu from distro-info-data, Node.js from node-releases,\n"
        'the rest from scripts/end_of_life.txt. A release that is not in it is not judged.\n"""\n\n'
        f'from __future__ import annotations\n\nRECORDED = "{today}"\n\nTABLE = """\n{body}\n"""\n'
    )


if __name__ == "__main__":
    main()
