"""What every Store guarantees of the audit, over all three adapters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.domain import AuditEntry
from shared.ports import AUDIT_KEPT_DAYS, Store
from tests.support.stores import A

NOW = datetime.now(UTC).replace(microsecond=0)


def entry(key: str, minute: int = 0, **changes: object) -> AuditEntry:
    fields = {"entry_id": key, "at": NOW + timedelta(minutes=minute), "by": "Anna", "action": "cancel sweep"}
    return AuditEntry.model_validate({**fields, "subject": A, "before": "published", "after": "cancelled"} | changes)


def test_entries_come_back_whole_the_newest_first(store: Store) -> None:
    written = [entry("b", 1, by="Łukasz", before=""), entry("a"), entry("c", 2, action="of a newer version")]
    for each in written:
        store.append_audit(each)
    assert store.audit() == [written[2], written[0], written[1]]
    assert store.audit(limit=1) == [written[2]]


def test_of_one_id_the_first_entry_stands(store: Store) -> None:
    store.append_audit(entry("a"))
    store.append_audit(entry("a", by="somebody else"))
    assert store.audit() == [entry("a")]


def test_entries_outlast_their_sweep_and_go_after_a_year(store: Store) -> None:
    day = 24 * 60
    store.append_audit(entry("old", -AUDIT_KEPT_DAYS * day - 1))
    kept = entry("kept", (1 - AUDIT_KEPT_DAYS) * day)  # a long run comes here an hour after NOW
    store.append_audit(kept)
    store.delete_sweep(A)
    assert store.audit() == [kept]
