"""What an organization has agreed of its texts. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NumberKind(StrEnum):
    """Kinds of sending numbers. They differ in rate and in how STOP is handled."""

    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"


@dataclass(frozen=True, slots=True)
class SmsSetup:
    """
    The number a connection texts from, and the texts it sends.

    Changes that were made before `enabled_since` are never texted. `reminders` are minutes before
    the start, on the wall clock. `templates` are an organization's own texts: by language tag, then
    by template name.
    """

    from_number: str
    number_kind: NumberKind
    enabled_since: datetime
    confirmations: bool = True
    reminders: tuple[int, ...] = ()
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
