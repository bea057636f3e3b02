"""Any content under the keys of a service gives findings or none, never an exception, and no new problem."""

from __future__ import annotations

import json

from hypothesis import given, settings, strategies as st

from tollgate import catalog
from tollgate.engine.lint import Linter
from tollgate.model.policy import Policy
from tollgate.model.project import Project
from tollgate.model.source import decode

KEYS = """
    image build privileged read_only network_mode ipc pid userns_mode cap_add cap_drop security_opt ports
    volumes networks secrets configs depends_on links volumes_from environment command entrypoint healthcheck
    restart deploy extends user mem_limit cpus pids_limit pull_policy cgroup_parent
""".split()
TEXTS = st.sampled_from(
    r"""
    a host true yes 0 -1 ² 1e3 80:80 127.0.0.1::80/udp [::1]:1:1 :::: /etc:/x:ro,shared C:\x:/y ${A}
    ${A:-/etc}:/b $ $$ ${ ${A:-${B}} on-failure:² on-failure:9999999999999 unconfined seccomp=unconfined
    service: service:b root:0 web NONE /var/run/docker.sock FROM\nRUN
    """.split()
)
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(-3, 70_000), st.floats(allow_nan=False, allow_infinity=False)
)
NAMES = st.one_of(
    st.sampled_from(KEYS), TEXTS, st.sampled_from("source target type published host_ip o device".split())
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
SERVICES = st.dictionaries(
    st.sampled_from(["web", "b", "y", "1"]),
    st.one_of(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), VALUES),
)
LINTER = Linter(
    catalog.rules(),
    policy=Policy()._replace(profile=("all",), today="2026-11-23"),
    project=Project(),
    edits=True,
)


@settings(max_examples=300, deadline=None)
@given(SERVICES, st.dictionaries(st.sampled_from(["volumes", "networks", "x-a"]), VALUES))
def test_any_services(services: dict[str, object], others: dict[str, object]) -> None:
    text = json.dumps({"services": services, **others}).replace('{"services"', '# a comment\n{"services"', 1)
    result = LINTER.lint(decode("compose.yaml", text.encode("utf-8", "surrogatepass")), "yaml")
    for finding in result.findings:
        assert (1, 1) <= finding.location.region.start <= finding.location.region.end
