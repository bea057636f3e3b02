"""NetworkPolicies by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Change, FixPlan, Problem
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.kubernetes import Manifest, is_null, items_at
from tollgate.model.node import Mapping, Node, Scalar, Sequence, Trail, child, descend
from tollgate.model.rule import Context

if TYPE_CHECKING:
    from ipaddress import IPv4Network

_SELECTORS = ("podSelector", "namespaceSelector")


def without_selector(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Policies in which no selector stands anywhere."""
    spec = policy.node.get("spec")
    if not any(_has_selector(node) for node in _holders(spec)):
        yield problem_at(policy, "spec", "podSelector")._replace(missing=True)


def _has_selector(node: Node | None) -> bool:
    return any(not is_null(child(node, key)) for key in _SELECTORS)


def _holders(spec: Node | None) -> Iterator[Node | None]:
    """The spec and its peers, where selectors can stand."""
    yield spec
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for _, rule in items_at(spec, direction):
            for _, peer in items_at(rule, peers):
                yield peer


def _peers(policy: Manifest) -> Iterator[tuple[Trail, Node]]:
    """Each `from` and `to` of a policy's rules."""
    spec = policy.node.get("spec")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in items_at(spec, direction):
            node = rule.get(peers)
            if node is not None:
                yield ("spec", direction, index, peers), node


def empty_peers(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Lists of peers that are empty, which means everybody."""
    for trail, node in _peers(policy):
        if isinstance(node, Sequence) and not node.items:
            fields = {
                "peers": trail[-1],
                "open": "lets everybody in" if trail[-1] == "from" else "allows every way out",
            }
            yield problem_at(policy, *trail, fields=fields, key="/".join(map(str, trail)))


def refused_peer(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Peers with an address block beside a selector, or with nothing at all, which the API server refuses."""
    for trail, node in _peers(policy):
        for index, peer in enumerate(node.items if isinstance(node, Sequence) else ()):
            if not isinstance(peer, Mapping):
                continue
            selectors = [key for key in _SELECTORS if not is_null(peer.get(key))]
            block = not is_null(peer.get("ipBlock"))
            if block is bool(selectors):
                reason = f"has `ipBlock` beside `{selectors[0]}`" if block else "names nobody"
                at = (*trail, index, "ipBlock") if block else (*trail, index)
                key = "/".join(map(str, (*trail, index)))
                yield problem_at(policy, *at, key_only=block, fields={"reason": reason}, key=key)


def _network(node: Node | None) -> IPv4Network | None:
    from ipaddress import IPv4Network

    try:
        return IPv4Network(str(node.value), strict=False) if isinstance(node, Scalar) else None
    except ValueError:
        return None  # an IPv6 block, or nothing that the API server takes


METADATA_ADDRESS = "169.254.169.254"
_HOST_BITS = 32


def reaches_metadata(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Blocks of egress that hold the address of the clouds' metadata service, without excepting it."""
    from ipaddress import IPv4Address

    address = IPv4Address(METADATA_ADDRESS)
    for trail, node in _peers(policy):
        if trail[1] != "egress" or not isinstance(node, Sequence):
            continue
        for index, peer in enumerate(node.items):
            block = _network(descend(peer, ("ipBlock", "cidr")))
            if block is None or address not in block:
                continue
            excepted = descend(peer, ("ipBlock", "except"))
            listed = excepted.items if isinstance(excepted, Sequence) else []
            if not any(inner is not None and address in inner for inner in map(_network, listed)):
                at: Trail = (*trail, index, "ipBlock", "cidr")
                yield problem_at(policy, *at, key="/".join(map(str, at)), fix=_except_metadata(policy, at))


def _except_metadata(policy: Manifest, trail: Trail) -> FixPlan | None:
    """An exception for the address, where the block holds more than it: the API server refuses others."""
    block = _network(descend(policy.node, trail))
    if block is None or block.prefixlen > _HOST_BITS - 1:
        return None
    where = (*policy.trail, *trail[:-1], "except")
    change = Change("append", policy.document, where, f"{METADATA_ADDRESS}/32")
    return FixPlan(False, (change,), title=f"except {METADATA_ADDRESS}")


def rules_ignored(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Rules for a direction that `policyTypes` does not list."""
    listed = descend(policy.node, ("spec", "policyTypes"))
    assert isinstance(listed, Sequence | Mapping | Scalar)
    types = (
        [one.value for one in listed.items if isinstance(one, Scalar)] if isinstance(listed, Sequence) else []
    )
    for field, kind in (("ingress", "Ingress"), ("egress", "Egress")):
        rules = descend(policy.node, ("spec", field))
        if kind not in types and isinstance(rules, Sequence) and rules.items:
            fields = {"field": field, "type": kind}
            change = Change("append", policy.document, (*policy.trail, "spec", "policyTypes"), kind)
            fix = FixPlan(False, (change,), title=f"add `{kind}` to `policyTypes`")
            yield problem_at(policy, "spec", field, key_only=True, fields=fields, key=field, fix=fix)


_TYPES = ("Ingress", "Egress")


def unknown_type(policy: Manifest, _context: Context) -> Iterator[Problem]:
    """Policy types that the API server does not know; those that are only spelt otherwise can be fixed."""
    listed = descend(policy.node, ("spec", "policyTypes"))
    for index, one in enumerate(listed.items if isinstance(listed, Sequence) else ()):
        value = one.value if isinstance(one, Scalar) else None
        if value in _TYPES or (isinstance(value, str) and ("$" in value or "{{" in value)):
            continue
        trail = ("spec", "policyTypes", index)
        meant = str(value).capitalize()
        change = Change("set", policy.document, (*policy.trail, *trail), meant)
        fix = FixPlan(True, (change,), title=f"write `{meant}`") if meant in _TYPES else None
        yield problem_at(policy, *trail, fields={"type": one}, key=str(index), fix=fix)
