"""Several policy files over each other, remembering what came from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tollgate.model.hints import Any, TypeAlias
from tollgate.model.node import Trail
from tollgate.model.record import NamedTuple

Origins: TypeAlias = dict[Trail, tuple[int, Trail]]
"""Each value of a merged policy, and each item of its lists: which layer says it, and where in that."""

LOADING = ("extends", "rules-dir", "rule-packages")
"""Keys that say what else to read; a merged policy has none of them."""

_EXTEND = "extend-"
# Lists whose entries add up: each file's exceptions hold on, and nobody unlocks what another locked.
_ADDED_UP = frozenset({"overrides", "extend-exclude", "locked"})
# Deeper mappings are values of options, which are replaced as a whole.
_DEEPEST = 6


class Merged(NamedTuple):
    """A policy without the keys of `LOADING`, and where its values come from."""

    plain: dict[str, Any]
    origins: Origins


def merge(layers: Sequence[Mapping[str, Any]]) -> Merged:
    """Later layers over earlier ones. Mappings are merged key by key, all else is replaced, but that a list
    `extend-NAME` is added to `NAME`, and that `overrides`, `extend-exclude` and `locked` add up."""
    merged = Merged({}, {})
    for number, layer in enumerate(layers):
        own = {key: value for key, value in layer.items() if key not in LOADING}
        _merge_into(merged.plain, own, (), number, merged.origins)
    return merged


def _merge_into(
    result: dict[str, Any], own: Mapping[str, Any], trail: Trail, layer: int, origins: Origins
) -> None:
    is_rules = bool(trail) and trail[-1] == "rules"
    for key in sorted(own, key=lambda key: _is_extension(key, trail)):
        value, at = own[key], (*trail, key)
        if _is_extension(key, trail):
            base = key.removeprefix(_EXTEND)
            _append(result, base, value, (*trail, base), at, layer, origins)
        elif (not trail and key in _ADDED_UP) or (key.startswith(_EXTEND) and trail[:1] == ("environments",)):
            _append(result, key, value, at, at, layer, origins)
        elif is_rules and key in result and isinstance(value, dict) != isinstance(result[key], dict):
            _merge_setting(result, key, value, at, layer, origins)
        elif isinstance(value, dict) and len(trail) < _DEEPEST:
            if not isinstance(result.get(key), dict):
                _forget(at, origins)
                result[key] = {}
            origins[at] = (layer, at)
            _merge_into(result[key], value, at, layer, origins)
        else:
            _forget(at, origins)
            result[key] = list(value) if isinstance(value, list) else value
            _note(result[key], at, at, layer, origins)


def _is_extension(key: str, trail: Trail) -> bool:
    """`extend-exclude` is a key of its own: the command line's `--exclude` leaves it in force."""
    in_section = trail in ((), ("images",), ("hardening",))
    return in_section and key.startswith(_EXTEND) and not (not trail and key in _ADDED_UP)


def _append(
    result: dict[str, Any], key: str, value: Any, at: Trail, written: Trail, layer: int, origins: Origins
) -> None:
    items = result.setdefault(key, [])
    origins[at] = (layer, written)
    for index, item in enumerate(value):
        if item not in items or key == "overrides":
            added: Trail = (*at, len(items))
            origins[added] = (layer, (*written, index))
            items.append(item)


def _merge_setting(
    result: dict[str, Any], key: str, value: Any, at: Trail, layer: int, origins: Origins
) -> None:
    """A severity over a severity with options, or the other way round: options stay."""
    severity: Trail = (*at, "severity")
    if isinstance(value, dict):
        was = origins[at]
        result[key] = {"severity": result[key]}
        origins[severity] = was
        origins[at] = (layer, at)
        _merge_into(result[key], value, at, layer, origins)
    else:
        result[key]["severity"] = value
        origins[severity] = origins[at] = (layer, at)


def _note(value: Any, at: Trail, written: Trail, layer: int, origins: Origins) -> None:
    origins[at] = (layer, written)
    for index in range(len(value)) if isinstance(value, list) else ():
        item: Trail = (*at, index)
        origins[item] = (layer, (*written, index))


def _forget(at: Trail, origins: Origins) -> None:
    for trail in [trail for trail in origins if trail[: len(at)] == at]:
        del origins[trail]
