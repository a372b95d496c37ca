"""Who asks for something, and what their role lets them do."""

from __future__ import annotations

import getpass
import os
from enum import StrEnum

from pydantic import Field

from shared.domain.record import Record


class Role(StrEnum):
    """What somebody may do: a viewer sees everything, an operator also changes it."""

    VIEWER = "viewer"
    OPERATOR = "operator"


class Action(StrEnum):
    """What changes something and is therefore decided and audited, as a sentence says it after "may not"."""

    LAUNCH = "launch sweep"
    CANCEL = "cancel sweep"
    RESUME = "resume sweep"
    RETRY = "retry failed trials"
    DELETE_SWEEP = "delete sweep"
    DISCARD = "discard dead letters"
    STORE_DATASET = "store data set"
    RENAME_DATASET = "rename data set"
    DELETE_DATASET = "delete data set"
    SCALE = "scale workers"
    AUTOSCALE = "change autoscaling"


_ALLOWED = {Role.VIEWER: frozenset[Action](), Role.OPERATOR: frozenset(Action)}


class Actor(Record):
    """A person, or a program, that launches, cancels, deletes or scales."""

    #: as logs, the audit and pages name it
    name: str = Field(min_length=1)
    role: Role

    def may(self, action: Action) -> bool:
        """Whether the actor's role lets them do that."""
        return action in _ALLOWED[self.role]

    @classmethod
    def system_user(cls) -> Actor:
        """Return the user whose process this is, an operator: whoever runs it holds the store's password."""
        try:
            return cls(name=getpass.getuser(), role=Role.OPERATOR)
        except (KeyError, OSError):  # a container's user need not have a name
            return cls(name=f"uid {os.getuid()}", role=Role.OPERATOR)
