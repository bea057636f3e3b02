"""API versions that Kubernetes has deprecated or removed.

Source: the Deprecated API Migration Guide of kubernetes.io, the life cycle that k8s.io/api gives its types,
and the change logs for what neither lists.
"""

from __future__ import annotations

from tollgate.model.record import NamedTuple

Version = tuple[int, int]


class OldApi(NamedTuple):
    """`removed` None: still served. `replacement` "": there is none. `since`: the first release
    that serves the replacement. `same`: an object of the old version is one of the new without any change.
    `kind`: the replacement's, where that is another."""

    deprecated: Version
    removed: Version | None
    replacement: str
    since: Version
    same: bool
    kind: str = ""


_ROWS = """
extensions/v1beta1            9 16 apps/v1 9 -               DaemonSet Deployment ReplicaSet
extensions/v1beta1            9 16 networking.k8s.io/v1 8 =  NetworkPolicy
extensions/v1beta1           10 16 - 0 -                     PodSecurityPolicy
extensions/v1beta1           14 22 networking.k8s.io/v1 19 - Ingress
apps/v1beta1                  9 16 apps/v1 9 -               Deployment StatefulSet ControllerRevision
apps/v1beta2                  9 16 apps/v1 9 -               DaemonSet Deployment ReplicaSet StatefulSet
apps/v1beta2                  9 16 apps/v1 9 =               ControllerRevision
admissionregistration.k8s.io/v1beta1 16 22 admissionregistration.k8s.io/v1 16 - \
  MutatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 16 22 admissionregistration.k8s.io/v1 16 - \
  ValidatingWebhookConfiguration
apiextensions.k8s.io/v1beta1 16 22 apiextensions.k8s.io/v1 16 -    CustomResourceDefinition
apiregistration.k8s.io/v1beta1 19 22 apiregistration.k8s.io/v1 10 = APIService
authentication.k8s.io/v1beta1 19 22 authentication.k8s.io/v1 6 =   TokenReview
authorization.k8s.io/v1beta1 19 22 authorization.k8s.io/v1 6 - LocalSubjectAccessReview SubjectAccessReview
authorization.k8s.io/v1beta1 19 22 authorization.k8s.io/v1 6 - SelfSubjectAccessReview SelfSubjectRulesReview
certificates.k8s.io/v1beta1  19 22 certificates.k8s.io/v1 19 -     CertificateSigningRequest
coordination.k8s.io/v1beta1  19 22 coordination.k8s.io/v1 14 =     Lease
networking.k8s.io/v1beta1    19 22 networking.k8s.io/v1 19 -       Ingress
networking.k8s.io/v1beta1    19 22 networking.k8s.io/v1 19 =       IngressClass
rbac.authorization.k8s.io/v1beta1 17 22 rbac.authorization.k8s.io/v1 8 = ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1beta1 17 22 rbac.authorization.k8s.io/v1 8 = Role RoleBinding
scheduling.k8s.io/v1beta1    14 22 scheduling.k8s.io/v1 14 =       PriorityClass
storage.k8s.io/v1beta1       19 22 storage.k8s.io/v1 18 =          CSIDriver
storage.k8s.io/v1beta1       17 22 storage.k8s.io/v1 17 =          CSINode
storage.k8s.io/v1beta1       19 22 storage.k8s.io/v1 6 =           StorageClass
storage.k8s.io/v1beta1       19 22 storage.k8s.io/v1 13 =          VolumeAttachment
storage.k8s.io/v1beta1       24 27 storage.k8s.io/v1 24 =          CSIStorageCapacity
batch/v2alpha1                8 21 batch/v1 21 =                   CronJob
batch/v1beta1                21 25 batch/v1 21 =                   CronJob
discovery.k8s.io/v1beta1     21 25 discovery.k8s.io/v1 21 -        EndpointSlice
events.k8s.io/v1beta1        19 25 events.k8s.io/v1 19 -           Event
autoscaling/v2beta1          22 25 autoscaling/v2 23 -             HorizontalPodAutoscaler
autoscaling/v2beta2          23 26 autoscaling/v2 23 =             HorizontalPodAutoscaler
policy/v1beta1               21 25 policy/v1 21 -                  PodDisruptionBudget
policy/v1beta1               21 25 - 0 -                           PodSecurityPolicy
node.k8s.io/v1beta1          22 25 node.k8s.io/v1 20 =             RuntimeClass
flowcontrol.apiserver.k8s.io/v1beta1 23 26 flowcontrol.apiserver.k8s.io/v1 29 - FlowSchema
flowcontrol.apiserver.k8s.io/v1beta1 23 26 flowcontrol.apiserver.k8s.io/v1 29 - PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2 26 29 flowcontrol.apiserver.k8s.io/v1 29 - FlowSchema
flowcontrol.apiserver.k8s.io/v1beta2 26 29 flowcontrol.apiserver.k8s.io/v1 29 - PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3 29 32 flowcontrol.apiserver.k8s.io/v1 29 - FlowSchema
flowcontrol.apiserver.k8s.io/v1beta3 29 32 flowcontrol.apiserver.k8s.io/v1 29 - PriorityLevelConfiguration
rbac.authorization.k8s.io/v1alpha1 17 23 rbac.authorization.k8s.io/v1 8 - ClusterRole ClusterRoleBinding
rbac.authorization.k8s.io/v1alpha1 17 23 rbac.authorization.k8s.io/v1 8 - Role RoleBinding
scheduling.k8s.io/v1alpha1   14 23 scheduling.k8s.io/v1 14 =       PriorityClass
node.k8s.io/v1alpha1         20 24 node.k8s.io/v1 20 -             RuntimeClass
storage.k8s.io/v1alpha1      21 24 storage.k8s.io/v1 24 =          CSIStorageCapacity
storage.k8s.io/v1alpha1      21 24 storage.k8s.io/v1 13 =          VolumeAttachment
storage.k8s.io/v1alpha1      32 35 storage.k8s.io/v1 34 =          VolumeAttributesClass
storage.k8s.io/v1beta1       34 37 storage.k8s.io/v1 34 =          VolumeAttributesClass
settings.k8s.io/v1alpha1     19 20 - 0 -                           PodPreset
auditregistration.k8s.io/v1alpha1 18 19 - 0 -                      AuditSink
admissionregistration.k8s.io/v1alpha1 29 32 admissionregistration.k8s.io/v1 30 - \
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 31 34 admissionregistration.k8s.io/v1 30 = \
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1alpha1 35 38 admissionregistration.k8s.io/v1 36 - \
  MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 37 40 admissionregistration.k8s.io/v1 36 - \
  MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
authentication.k8s.io/v1alpha1 29 32 authentication.k8s.io/v1 28 = SelfSubjectReview
authentication.k8s.io/v1beta1 30 33 authentication.k8s.io/v1 28 =  SelfSubjectReview
networking.k8s.io/v1alpha1   30 33 networking.k8s.io/v1 33 -       IPAddress ServiceCIDR
networking.k8s.io/v1beta1    34 37 networking.k8s.io/v1 33 =       IPAddress ServiceCIDR
certificates.k8s.io/v1alpha1 34 37 certificates.k8s.io/v1beta1 33 - ClusterTrustBundle
certificates.k8s.io/v1beta1  37 40 certificates.k8s.io/v1 37 -     ClusterTrustBundle PodCertificateRequest
storagemigration.k8s.io/v1beta1 37 40 storagemigration.k8s.io/v1 37 - StorageVersionMigration
resource.k8s.io/v1beta1      35 38 resource.k8s.io/v1 34 - DeviceClass ResourceClaim ResourceClaimTemplate
resource.k8s.io/v1beta1      35 38 resource.k8s.io/v1 34 -         ResourceSlice
resource.k8s.io/v1beta2      36 39 resource.k8s.io/v1 34 = DeviceClass ResourceClaim ResourceClaimTemplate
resource.k8s.io/v1beta2      36 39 resource.k8s.io/v1 34 =         ResourceSlice
audit.k8s.io/v1alpha1        21 24 audit.k8s.io/v1 12 -            Policy
audit.k8s.io/v1beta1         21 24 audit.k8s.io/v1 12 =            Policy
kubescheduler.config.k8s.io/v1beta2 25 28 kubescheduler.config.k8s.io/v1 25 - KubeSchedulerConfiguration
kubescheduler.config.k8s.io/v1beta3 26 29 kubescheduler.config.k8s.io/v1 25 - KubeSchedulerConfiguration
kubeadm.k8s.io/v1beta1       17 22 kubeadm.k8s.io/v1beta3 22 - ClusterConfiguration InitConfiguration
kubeadm.k8s.io/v1beta1       17 22 kubeadm.k8s.io/v1beta3 22 -     JoinConfiguration
kubeadm.k8s.io/v1beta2       24 27 kubeadm.k8s.io/v1beta3 22 - ClusterConfiguration InitConfiguration
kubeadm.k8s.io/v1beta2       24 27 kubeadm.k8s.io/v1beta3 22 -     JoinConfiguration
kubeadm.k8s.io/v1beta3       31 36 kubeadm.k8s.io/v1beta4 31 - ClusterConfiguration InitConfiguration
kubeadm.k8s.io/v1beta3       31 36 kubeadm.k8s.io/v1beta4 31 -     JoinConfiguration
v1                           19 0 - 0 -                            ComponentStatus
v1                           33 0 discovery.k8s.io/v1:EndpointSlice 21 - Endpoints
authorization.openshift.io/v1 9 0 rbac.authorization.k8s.io/v1 8 - ClusterRole ClusterRoleBinding
authorization.openshift.io/v1 9 0 rbac.authorization.k8s.io/v1 8 - Role RoleBinding
"""
"""API version, deprecated and removed in 1.x (0: still served), replacement and since when, `=` if the
fields are the same, kinds. `VERSION:KIND` is a replacement of another kind."""


def _read(row: str) -> tuple[str, OldApi, list[str]]:
    version, deprecated, removed, replacement, since, same, *kinds = row.split()
    gone = (1, int(removed)) if removed != "0" else None
    successor, _, kind = ("" if replacement == "-" else replacement).partition(":")
    return version, OldApi((1, int(deprecated)), gone, successor, (1, int(since)), same == "=", kind), kinds


OLD_APIS: dict[tuple[str, str], OldApi] = {
    (version, kind): old for version, old, kinds in map(_read, _ROWS.strip().splitlines()) for kind in kinds
}
"""By API version and kind."""
