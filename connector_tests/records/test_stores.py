"""The small stores: source documents, crosswalk, mapping versions, snapshots."""

from datetime import date

import pytest
from sqlalchemy import Engine

from connector_assets.records.audit import AuditTrail
from connector_assets.records.crosswalk import Crosswalk
from connector_assets.records.errors import RecordsError
from connector_assets.records.mappings import MappingStore
from connector_assets.records.snapshots import SnapshotStore
from connector_assets.records.sources import SourceDocument, SourceStore
from connector_tests.records.doubles import START, Clock

APRIL = date(2025, 4, 1)


def actions(engine: Engine) -> list[str]:
    return [entry.action for entry in AuditTrail(engine).entries()]


def seen(store: SourceStore, digest: str = "d1", source_id: str = "1040") -> SourceDocument:
    return store.upsert(
        "hollis",
        "pay_run",
        source_id,
        partition="2025-04-04",
        document_date=date(2025, 4, 4),
        label="Biweekly",
        digest=digest,
        totals={"checks": 3, "gross_cents": 123_456_789_012},
    )


def test_a_source_document_keeps_when_it_was_first_seen_and_when_it_changed(engine: Engine) -> None:
    clock = Clock()
    store = SourceStore(engine, clock)
    first = seen(store)
    clock.advance(60)
    later = seen(store, "d2")
    assert (first.first_seen_at, later.first_seen_at) == (START, START)
    assert later.updated_at == clock.time
    assert store.get("hollis", "pay_run", "1040") == later
    assert later.totals == {"checks": 3, "gross_cents": 123_456_789_012}


def test_a_change_at_the_source_is_audited_with_both_digests_and_a_second_sight_is_not(engine: Engine) -> None:
    store = SourceStore(engine)
    for digest in ("d1", "d1", "d2"):
        seen(store, digest)
    entries = list(AuditTrail(engine).entries())
    assert [(e.action, e.before_digest, e.after_digest) for e in entries] == [
        ("source seen", "", "d1"),
        ("source changed", "d1", "d2"),
    ]


def test_source_documents_are_listed_by_connection_and_kind(engine: Engine) -> None:
    store = SourceStore(engine)
    seen(store, source_id="2")
    seen(store, source_id="1")
    assert [document.source_id for document in store.list("hollis", "pay_run")] == ["1", "2"]
    assert store.list("hollis", "bill") == []
    assert store.list("marr") == []
    assert store.get("hollis", "pay_run", "3") is None


def test_the_crosswalk_pairs_ids_per_connection_and_kind(engine: Engine) -> None:
    pairs = Crosswalk(engine)
    pairs.put_all("hollis", "department", {"D2": "200", "D1": "100"}, "id")
    pairs.put("marr", "department", "D1", "900", "manual")
    assert pairs.all("hollis", "department") == {"D1": "100", "D2": "200"}
    assert pairs.lookup("marr", "department", "D1") == "900"
    assert pairs.lookup("hollis", "location", "D1") is None
    assert pairs.origins("hollis", "department") == {"D1": "id", "D2": "id"}
    everywhere = [("hollis", "D1", "100"), ("hollis", "D2", "200"), ("marr", "D1", "900")]
    assert sorted(pairs.everywhere("department")) == everywhere


def test_many_audit_entries_are_one_transaction(engine: Engine) -> None:
    trail = AuditTrail(engine)
    trail.append_all("connector", "employee created", "why", [("a/1", {"worker_id": "w1"}), ("a/2", {})])
    with pytest.raises(RecordsError):
        trail.append_all("connector", "employee created", "why", [("a/3", {}), ("a/4", {"x": 1.5})])  # type: ignore[dict-item] # what must not be
    assert [(one.subject, one.reason) for one in trail.entries()] == [("a/1", "why"), ("a/2", "why")]
    assert trail.verify().intact


def test_a_pair_that_comes_to_point_elsewhere_is_audited_and_a_repeated_one_is_not(engine: Engine) -> None:
    pairs = Crosswalk(engine)
    for target in ("100", "100", "101"):
        pairs.put("hollis", "department", "D1", target, "manual")
    assert pairs.lookup("hollis", "department", "D1") == "101"
    (entry,) = AuditTrail(engine).entries()
    assert (entry.action, entry.detail) == ("crosswalk changed", '{"from":"100","origin":"manual","to":"101"}')


def test_a_mapping_version_is_in_force_from_its_day_until_a_newer_one_is(engine: Engine) -> None:
    store = MappingStore(engine)
    first = store.save("hollis", "rules 1", author="ann", reason="go-live", effective_from=APRIL)
    second = store.save("hollis", "rules 2", author="bob", reason="new account", effective_from=date(2025, 7, 1))
    assert (first.version, second.version) == (1, 2)
    assert store.current("hollis", date(2025, 3, 31)) is None
    assert store.current("hollis", APRIL) == first
    assert store.current("hollis", date(2025, 7, 1)) == second
    assert store.current("marr", APRIL) is None
    assert [version.version for version in store.versions("hollis")] == [2, 1]
    assert store.get("hollis", 1) == first


def test_the_same_mapping_again_is_no_new_version(engine: Engine) -> None:
    store = MappingStore(engine)
    for _import in range(2):
        store.save("hollis", "rules", author="ann", reason="go-live", effective_from=APRIL)
    assert len(store.versions("hollis")) == 1
    assert actions(engine) == ["mapping added"]


def test_a_mapping_without_author_or_reason_is_refused(engine: Engine) -> None:
    store = MappingStore(engine)
    with pytest.raises(RecordsError, match=r"'hollis' names no author or no reason.*Fix: "):
        store.save("hollis", "rules", author="ann", reason=" ", effective_from=APRIL)
    assert store.versions("hollis") == []


def test_a_snapshot_is_what_was_put_last(engine: Engine) -> None:
    store = SnapshotStore(engine)
    assert store.get("hollis", "roster") is None
    digest = store.put("hollis", "roster", {"w1": "a"})
    assert store.put("hollis", "roster", {"w1": "a"}) == digest
    assert store.put("hollis", "roster", {"w1": "b", "w2": None}) != digest
    assert store.get("hollis", "roster") == {"w1": "b", "w2": None}
    assert store.get("marr", "roster") is None
