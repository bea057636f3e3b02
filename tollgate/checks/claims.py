"""Volume claims: their size and access modes."""

from __future__ import annotations

from collections.abc import Iterator

from tollgate.checks.places import problem_at
from tollgate.model.finding import Problem
from tollgate.model.kubernetes import Manifest, is_null, items_at
from tollgate.model.node import Mapping, Scalar, Sequence, Trail, child, descend
from tollgate.model.rule import Context

_ONE_NODE = ("ReadWriteOnce", "ReadWriteOncePod")


def _claims(manifest: Manifest) -> Iterator[tuple[Mapping, Trail]]:
    if manifest.kind == "PersistentVolumeClaim":
        yield manifest.node, ()
    elif manifest.kind == "StatefulSet":
        for index, item in items_at(manifest.node.get("spec"), "volumeClaimTemplates"):
            yield item, ("spec", "volumeClaimTemplates", index)


def without_size(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Claims without a size, which the API server refuses."""
    for claim, trail in _claims(manifest):
        below = ("spec", "resources", "requests", "storage")
        if is_null(descend(claim, below)):
            yield problem_at(manifest, *trail, *below, key=".".join(map(str, trail)))


def shared_template(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Claim templates whose volume is not for one node at a time."""
    for claim, trail in _claims(manifest):
        modes = child(claim.get("spec"), "accessModes")
        given = (
            [item.value for item in modes.items if isinstance(item, Scalar)]
            if isinstance(modes, Sequence)
            else []
        )
        if not any(mode in _ONE_NODE for mode in given):
            fields = {"modes": ", ".join(map(str, given)) or "none"}
            yield problem_at(
                manifest, *trail, "spec", "accessModes", fields=fields, key=".".join(map(str, trail))
            )


def without_class(manifest: Manifest, _context: Context) -> Iterator[Problem]:
    """Claims that leave the storage class to the cluster, and name no volume either."""
    for claim, trail in _claims(manifest):
        spec = claim.get("spec")
        if is_null(child(spec, "storageClassName")) and is_null(child(spec, "volumeName")):
            at = (*trail, "spec", "storageClassName")
            yield problem_at(manifest, *at, key=".".join(map(str, trail)))


_ENCRYPTS = {
    # provisioner: the parameter without which its disks are written in the clear
    "ebs.csi.aws.com": "encrypted",
    "kubernetes.io/aws-ebs": "encrypted",
    "pxd.portworx.com": "secure",
    "kubernetes.io/portworx-volume": "secure",
}


def not_encrypted(storage_class: Manifest, _context: Context) -> Iterator[Problem]:
    """A class whose provisioner encrypts only when asked to, and is not asked."""
    provisioner = storage_class.node.get("provisioner")
    parameter = _ENCRYPTS.get(str(provisioner.value)) if isinstance(provisioner, Scalar) else None
    if parameter is None:
        return
    value = descend(storage_class.node, ("parameters", parameter))
    if not (isinstance(value, Scalar) and str(value.value).lower() == "true"):
        fields = {"parameter": f'{parameter}: "true"'}
        yield problem_at(storage_class, "parameters", parameter, fields=fields)
