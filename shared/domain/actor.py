"""Who asks for something."""

from __future__ import annotations

import getpass
import os

from pydantic import Field

from shared.domain.record import Record


class Actor(Record):
    """A person, or a program, that launches, cancels, deletes or scales."""

    #: as logs and pages name it
    name: str = Field(min_length=1)

    @classmethod
    def system_user(cls) -> Actor:
        """Return the user whose process this is: whoever runs it holds the store's password."""
        try:
            return cls(name=getpass.getuser())
        except (KeyError, OSError):  # a container's user need not have a name
            return cls(name=f"uid {os.getuid()}")
