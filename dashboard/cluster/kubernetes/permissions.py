"""What the dashboard asks of the Kubernetes API, as the rules of its Role; nothing else is ever requested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

#: the worker Deployment's name in every overlay
DEPLOYMENT = "worker"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the dashboard's Role, and what the page shows by it."""

    #: what is missing on the page without it
    what: str
    #: empty for the core group
    group: str
    #: with its subresource, such as ``deployments/scale``
    resource: str
    verbs: tuple[str, ...]
    #: the only objects that it is needed for; empty: all of the namespace
    names: tuple[str, ...] = ()

    def as_yaml(self) -> str:
        """Return it as an item of a Role's ``rules``, ready to be pasted."""
        return yaml.safe_dump([self.as_dict()], sort_keys=False, default_flow_style=None, width=200).strip()

    def as_dict(self) -> dict[str, Any]:
        """Return it as the API writes it."""
        rule: dict[str, Any] = {"apiGroups": [self.group], "resources": [self.resource]}
        if self.names:
            rule["resourceNames"] = list(self.names)
        return rule | {"verbs": list(self.verbs)}


READ_DEPLOYMENT = Rule("the Deployment's rollout", "apps", "deployments", ("get",), (DEPLOYMENT,))
SCALE = Rule("the number of workers", "apps", "deployments/scale", ("get", "patch"), (DEPLOYMENT,))
LIST_PODS = Rule("pods", "", "pods", ("list",))
READ_LOGS = Rule("logs", "", "pods/log", ("get",))
LIST_EVENTS = Rule("events", "", "events", ("list",))
LIST_VOLUMES = Rule("volumes", "", "persistentvolumeclaims", ("list",))
LIST_QUOTAS = Rule("quota", "", "resourcequotas", ("list",))
LIST_METRICS = Rule("CPU and memory in use", "metrics.k8s.io", "pods", ("list",))

LIST_SCALED_OBJECTS = Rule("autoscaling", "keda.sh", "scaledobjects", ("list",))
SET_AUTOSCALING = Rule("who sets the number of workers", "keda.sh", "scaledobjects", ("get", "patch"), (DEPLOYMENT,))
LIST_AUTOSCALERS = Rule("the HorizontalPodAutoscaler", "autoscaling", "horizontalpodautoscalers", ("list",))

#: the whole Role of the component pod-deletion-cost, whose policy allows one annotation of workers' pods
MARK_PODS = Rule("which workers stop first", "", "pods", ("patch",))

#: the whole Role of the component keda, asked for where KEDA is installed
AUTOSCALING_RULES = (LIST_SCALED_OBJECTS, SET_AUTOSCALING, LIST_AUTOSCALERS)
#: the whole Role of the base; access reviews of oneself need none
RULES = (READ_DEPLOYMENT, SCALE, LIST_PODS, READ_LOGS, LIST_EVENTS, LIST_VOLUMES, LIST_QUOTAS, LIST_METRICS)
