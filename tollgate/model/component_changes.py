"""Fixes of flags: the edits of list items and configuration fields that a change of a flag means."""

from __future__ import annotations

from tollgate.model.component_config import Form, Part as KubeadmPart
from tollgate.model.component_words import Call
from tollgate.model.finding import Change
from tollgate.model.hints import TYPE_CHECKING
from tollgate.model.kubernetes import Container
from tollgate.model.node import Node, Scalar, Sequence, Trail, descend

if TYPE_CHECKING:
    from tollgate.model.component import Component


def set_flag(component: Component, name: str, value: object) -> tuple[Change, ...] | None:
    if isinstance(component.written, Form):
        trail = component.flag_trail(name)
        return None if trail is None else (_set(component, trail, _native(component, name, value)),)
    if isinstance(component.written, KubeadmPart):
        return _set_extra(component, component.written, name, _text(value))
    return _set_word(component, component.written, name, _text(value))


def _set(component: Component, trail: Trail, value: object) -> Change:
    return Change("set", component.document, trail, value)


def _native(component: Component, name: str, value: object) -> object:
    """A mode that command lines list is one word in the document."""
    if isinstance(value, list) and not isinstance(component.flag(name), Sequence):
        return ",".join(value) if name == "authorization-mode" else value
    return value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _set_word(component: Component, call: Call, name: str, text: str) -> tuple[Change, ...] | None:
    found = component.read.flags.get(name)
    if found is not None:
        if not found.spots or (len(found.spots) > 1 and not isinstance(found.node, Scalar)):
            return None
        spot = found.spots[-1]
        if spot.value is not None:
            return (_set(component, spot.value, text),)
        return None if spot.name is None else (_set(component, spot.name, f"--{name}={text}"),)
    assert isinstance(component.parent, Container)
    if any(word.item is None or word.text == "--" for word in call.words):
        return None
    for key in ("args", "command"):
        items = component.parent.node.get(key)
        if isinstance(items, Sequence) and items.items:
            # A last word without a value could take the new one for its own.
            last = items.items[-1]
            whole = isinstance(last, Scalar) and not _awaits_value(last)
            trail = (*component.parent.trail, key)
            return (Change("append", component.document, trail, f"--{name}={text}"),) if whole else None
    return None


def _awaits_value(last: Scalar) -> bool:
    text = str(last.value)
    return text.startswith("-") and "=" not in text


def _set_extra(component: Component, part: KubeadmPart, name: str, text: str) -> tuple[Change, ...] | None:
    found = component.read.flags.get(name)
    if found is not None:
        spot = found.spots[-1] if found.spots else None
        if spot is None or spot.name is None or (len(found.spots) > 1 and not isinstance(found.node, Scalar)):
            return None
        return (_set(component, spot.name, text),)
    if part.as_list:
        return (Change("append", component.document, part.trail, {"name": name, "value": text}),)
    return (_set(component, (*part.trail, name), text),)


def remove_flag(component: Component, name: str) -> tuple[Change, ...] | None:
    """Every use of the flag goes; nothing changes where there is none."""
    found = component.read.flags.get(name)
    if found is None:
        return ()
    if found.trail is not None:
        return (Change("remove", component.document, found.trail),)
    if not found.spots or any(spot.name is None for spot in found.spots):
        return None
    trails = [trail for spot in found.spots for trail in (spot.name, spot.value) if trail is not None]
    if isinstance(component.written, KubeadmPart):
        root: Node = component.manifest.root
        trails = [
            trail[:-1] if isinstance(descend(root, trail[:-2]), Sequence) else trail for trail in trails
        ]
    return tuple(Change("remove", component.document, trail) for trail in trails)


def enable_plugin(component: Component, plugin: str) -> tuple[Change, ...] | None:
    """`--enable-admission-plugins` with one more. What kubeadm turns on by itself stays on."""
    name = "enable-admission-plugins"
    values = [item.value for item in _scalars(component.value(name))]
    if not all(isinstance(value, str) for value in values) or component.read.hidden:
        return None
    return set_flag(component, name, [*values, plugin])


def without_element(component: Component, name: str, element: str) -> tuple[Change, ...] | None:
    """A list flag without one of its elements; without the flag where that was all."""
    values = [item.value for item in _scalars(component.flag(name))]
    rest = [value for value in values if value != element]
    if not all(isinstance(value, str) for value in rest):
        return None
    return set_flag(component, name, rest) if rest else remove_flag(component, name)


def _scalars(node: Node | None) -> list[Scalar]:
    items = node.items if isinstance(node, Sequence) else []
    return [item for item in items if isinstance(item, Scalar)]
