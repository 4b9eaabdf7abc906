"""A pay run that changes after it was posted: noticed, corrected by what changed, and never touched."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from click import ClickException
from dagster import AssetCheckEvaluation, AssetCheckKey, AssetCheckSeverity, AssetKey, DagsterEventType

from connector_assets.commands.decide import approve, rebook, retry
from connector_assets.flows.paychex_intacct.explain import explain
from connector_assets.orchestration.preparer import prepared_by
from connector_assets.orchestration.runs import PERSON_TAG, QUIET
from connector_assets.posting import due_at
from connector_assets.records.postings import PENDING, Posting, PostingState
from connector_assets.sandbox.facts import CheckFacts
from connector_assets.vendors.intacct.ledger import PROCESSING_WINDOW_S
from connector_tests.flows.facts import FIRST, SECOND, THIRD, books_in, books_of, cents, checks_of, lines_of, period_of
from connector_tests.flows.house import LLC, NJ, House, Json, key_of

KEY = key_of(FIRST)
FOURTH = period_of(LLC, "Bi-weekly Payroll (1)", "2025-02-07")


def posted(house: House) -> list[Json]:
    assert house.carry(LLC, KEY).succeeded
    return house.journals()


def raised(check: CheckFacts, amount_cents: int) -> CheckFacts:
    """The check as `checks/change` leaves it."""
    position = next(place for place, line in enumerate(check.lines) if line.effect == "ADDITION")
    line = replace(check.lines[position], amount_cents=check.lines[position].amount_cents + amount_cents)
    lines = (*check.lines[:position], line, *check.lines[position + 1 :])
    return replace(check, lines=lines, net_cents=check.net_cents + amount_cents)


def change(house: House, check: CheckFacts, amount_cents: int) -> None:
    house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=amount_cents)


def again(house: House) -> list[Json]:
    """What `connector sync` does: refresh, then carry what is due; the journals that were added."""
    from connector_assets.connections import load_connection
    from connector_assets.flows.paychex_intacct.attention import due

    before = len(house.journals())
    assert house.refresh(LLC).succeeded
    for partition in due(house.records(), load_connection(house.settings, LLC)):
        outcome = house.carry(LLC, partition)
        assert outcome.succeeded, outcome.problem
    return house.journals()[before:]


def test_a_changed_check_is_noticed_and_corrected_alone(house: House) -> None:
    (first,) = posted(house)
    checks = checks_of(LLC, FIRST)
    change(house, checks[3], 123_45)
    assert house.refresh(LLC).succeeded
    row = house.status(LLC)[KEY]
    assert (row.state, row.reconciled) == ("changed", False)
    assert "next run posts the correction" in row.next_action
    (correction,) = again(house)
    assert str(correction["reference"]) == str(first["reference"]).replace("-L-1", "-C-2")
    assert all(str(first["reference"]) in str(line["memo"]) for line in lines_of([correction]))
    wanted = [*checks[:3], raised(checks[3], 123_45), *checks[4:]]
    assert books_in(house.journals()) == books_of(LLC, wanted)
    assert house.journals()[0] == first  # nothing posted is touched
    row = house.status(LLC)[KEY]
    assert (row.state, row.reconciled, row.corrections) == ("posted", True, 1)
    (posting,) = [one for one in house.records().postings.list(LLC) if one.key.kind == "correction"]
    assert posting.corrects == first["reference"]
    assert again(house) == []
    assert house.records().audit.verify().intact


@pytest.mark.thorough
def test_a_change_of_a_change_and_a_change_back_leave_the_first_register(house: House) -> None:
    (first,) = posted(house)
    check = checks_of(LLC, FIRST)[0]
    for amount_cents, reference in ((50_00, "-C-2"), (-20_00, "-C-3"), (-30_00, "-C-4")):
        change(house, check, amount_cents)
        (correction,) = again(house)
        assert str(correction["reference"]).endswith(reference)
    assert books_in(house.journals()) == books_in([first]) == books_of(LLC, checks_of(LLC, FIRST))


@pytest.mark.thorough
def test_a_void_in_its_own_run_is_an_addition(house: House) -> None:
    posted(house)
    checks = checks_of(LLC, FIRST)
    house.office("checks/void", LLC, FIRST, paycheck_id=checks[1].paycheck_id)
    (void,) = again(house)
    assert str(void["reference"]).endswith("-V-2")
    assert books_in(house.journals()) == books_of(LLC, [checks[0], *checks[2:]])


@pytest.mark.thorough
def test_a_void_in_its_own_run_takes_back_the_split_that_stands_and_both_move_together(house: House) -> None:
    """Between the check and its void the mapping changes; then a person asks that all be booked anew."""
    posted(house)
    check = next(one for one in checks_of(LLC, FIRST) if any(line.hours_e4 for line in one.lines))
    home = house.records()
    version = home.mappings.versions(LLC)[0]
    body = version.body.replace(",6010,", ",6000,").replace(",5010,", ",5000,")
    home.mappings.save(LLC, body, author="controller", reason="other accounts", effective_from=version.effective_from)
    before = by_center(house.journals())
    house.office("checks/void", LLC, FIRST, paycheck_id=check.paycheck_id)
    (void,) = again(house)
    taken = by_center([void])
    assert all(abs(before[place]) >= abs(cents) for place, cents in taken.items())  # where the check stood
    rebook.main([LLC, KEY, "--reason", "one wage account"], standalone_mode=False)
    assert [str(one["reference"])[-3:] for one in again(house)] == ["R-3", "L-3", "V-3"]
    left = [one for one in checks_of(LLC, FIRST) if one.paycheck_id != check.paycheck_id]
    assert books_in(house.journals()) == moved(books_of(LLC, left))
    (labor, voided) = house.journals()[-2:]
    places = by_center([labor, voided])
    assert not {place for place in by_center([voided]) if place[0] in ("6010", "5010")}
    assert sum(places.values()) == 0
    assert house.status(LLC)[KEY].reconciled


def moved(books: Counter[str]) -> Counter[str]:
    """The books with hourly wages on the accounts of the other mapping."""
    target = {"6010": "6000", "5010": "5000"}
    found: Counter[str] = Counter()
    for account, amount in books.items():
        found[target.get(account, account)] += amount
    return found


def test_a_new_mapping_moves_nothing_until_somebody_asks(house: House) -> None:
    (first,) = posted(house)
    home = house.records()
    version = home.mappings.versions(LLC)[0]
    body = version.body.replace(",6010,", ",6000,").replace(",5010,", ",5000,")
    home.mappings.save(LLC, body, author="controller", reason="other accounts", effective_from=version.effective_from)
    assert house.carry(LLC, KEY).succeeded
    assert house.journals() == [first]
    rebook.main([LLC, KEY, "--reason", "the tax account moved"], standalone_mode=False)
    assert house.status(LLC)[KEY].reconciled
    takeback, anew = again(house)
    assert [str(one["reference"])[-3:] for one in (takeback, anew)] == ["R-2", "L-2"]
    assert not by_center([first, takeback])
    assert books_in([anew]) != books_in([first])
    told = [explain(home, house.connection(LLC), str(one["reference"])) for one in (first, takeback, anew)]
    assert [one.mapping_version for one in told] == ["1", "2", "2"]
    assert again(house) == []


def by_center(journals: list[Json]) -> Counter[tuple[object, ...]]:
    sums: Counter[tuple[object, ...]] = Counter()
    for line in lines_of(journals):
        sums[tuple(line.get(name) for name in ("account", "department", "location", "project"))] += cents(line)
    return Counter({place: amount for place, amount in sums.items() if amount})


@pytest.mark.thorough
@pytest.mark.parametrize("policy", ["hold", "next_open", "fail"])
def test_a_correction_in_a_closed_period_follows_the_policy(house: House, policy: str) -> None:
    (first,) = posted(house)
    house.configure(LLC, posting={"closed_period": policy})
    check = checks_of(LLC, FIRST)[2]
    change(house, check, 77_00)
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    outcome = house.carry(LLC, KEY)
    row = house.status(LLC)[KEY]
    if policy == "next_open":
        assert outcome.succeeded, outcome.problem
        delta = house.journals()[-1]
        assert (delta["date"], str(delta["reference"])[-3:]) == ("2025-02-01", "C-2")
        assert all(str(line["memo"]).startswith("Belongs to 2025-01-10: Corrects PX-") for line in lines_of([delta]))
        assert row.reconciled
        return
    assert not outcome.succeeded
    assert "posting.closed_period: next_open" in outcome.problem
    assert row.state == {"hold": "held", "fail": "rejected"}[policy]
    assert house.journals() == [first]
    house.admin("intacct/periods", month="2025-01", entity="", closed=False)
    assert house.carry(LLC, KEY).succeeded
    assert str(house.journals()[-1]["reference"]).endswith("-C-2")


@pytest.mark.thorough
def test_what_was_approved_in_an_open_period_is_posted_there_and_waits_for_nobody_twice(house: House) -> None:
    """January is closed, and every journal waits for a person: as it is, and once more on the day it was moved to."""
    house.configure(LLC, posting={"policy": "hold", "closed_period": "next_open"})
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    checks = checks_of(LLC, FIRST)

    def waiting() -> Posting:
        return max(house.records().postings.list(LLC, [PostingState.HELD]), key=lambda one: one.reference)

    def approve_and_carry(*references: str) -> bool:
        for reference in references:
            assert waiting().reference.endswith(reference)
            approve.main([LLC, waiting().reference, "--reason", "seen", "--as", "controller"], standalone_mode=False)
            succeeded = house.carry(LLC, KEY).succeeded
            seen = waiting().digest if not succeeded else ""
            assert house.carry(LLC, KEY).succeeded == succeeded
            assert succeeded or waiting().digest == seen  # the next run leaves what waits as the person sees it
        return succeeded

    def posted_last() -> tuple[str, str]:
        assert house.status(LLC)[KEY].reconciled
        assert not [one for one in house.records().postings.list(LLC) if one.state in PENDING]
        return str(house.journals()[-1]["reference"])[-3:], str(house.journals()[-1]["date"])

    assert not house.carry(LLC, KEY).succeeded
    assert approve_and_carry("L-1", "L-1")
    assert posted_last() == ("L-1", "2025-02-01")
    change(house, checks[2], 77_00)
    assert not house.carry(LLC, KEY).succeeded
    assert approve_and_carry("C-2", "C-2")
    assert posted_last() == ("C-2", "2025-02-01")
    for check in checks:
        change(house, check, 9_99)
    assert not house.carry(LLC, KEY).succeeded
    assert approve_and_carry("R-3", "C-3")
    assert posted_last() == ("C-3", "2025-02-01")
    wanted = [raised(check, 9_99 + (77_00 if check is checks[2] else 0)) for check in checks]
    assert books_in(house.journals()) == books_of(LLC, wanted)


@pytest.mark.thorough
def test_an_approval_of_what_was_moved_lasts_for_a_reversal_and_a_statistical_journal_too(house: House) -> None:
    """Held as they are and once more on the day they were moved to: two rounds of approvals, and never a third."""
    house.configure(LLC, posting={"policy": "hold", "closed_period": "next_open", "accrual": "month_end"})
    house.configure(LLC, statistics={"journal": "HCJ"})
    house.admin("intacct/periods", month="2025-02", entity="", closed=True)
    key, rounds = key_of(FOURTH), Counter[str]()
    while not house.carry(LLC, key).succeeded:
        home = house.records()
        for held in home.postings.list(LLC, [PostingState.HELD]):
            home.postings.approve([held], "controller", "seen")
            rounds[held.key.kind] += 1
        assert max(rounds.values()) <= 2
    dates = {str(one["reference"])[-3:]: one["date"] for one in house.journals(key)}
    assert dates == {"L-1": "2025-03-01", "S-1": "2025-03-01", "A-1": "2025-01-31", "R-1": "2025-03-01"}
    assert rounds == {"labor": 2, "statistical": 2, "accrual": 1, "reversal": 2}
    assert house.status(LLC)[key].reconciled


@pytest.mark.thorough
def test_a_correction_that_is_no_longer_wanted_is_withdrawn(house: House) -> None:
    (first,) = posted(house)
    house.configure(LLC, posting={"policy": "hold"})
    change(house, checks_of(LLC, FIRST)[2], 77_00)
    assert not house.carry(LLC, KEY).succeeded
    change(house, checks_of(LLC, FIRST)[2], -77_00)
    assert house.carry(LLC, KEY).succeeded
    (withdrawn,) = [one for one in house.records().postings.list(LLC) if one.key.kind == "correction"]
    assert withdrawn.state == PostingState.WITHDRAWN
    assert house.journals() == [first]
    assert house.status(LLC)[KEY].reconciled


@pytest.mark.thorough
def test_over_a_limit_a_journal_waits_for_another_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.configure(LLC, posting={"limits": {"amount": "1000.00"}})
    outcome = house.carry(LLC, KEY)
    assert not outcome.succeeded
    assert "over posting.limits.amount 1000.00" in outcome.problem
    row = house.status(LLC)[KEY]
    assert row.state == "held"
    assert "connector approve" in row.next_action
    (held,) = house.records().postings.list(LLC)
    with pytest.raises(ClickException, match="cannot approve it too"):
        approve.main([LLC, held.reference, "--reason", "fine", "--as", held.planned_by], standalone_mode=False)
    approve.main(
        [LLC, held.reference, "--reason", "a month with three pay days", "--as", "controller", "--post"],
        standalone_mode=False,
    )
    (journal,) = house.journals()
    assert journal["reference"] == held.reference
    assert house.status(LLC)[KEY].reconciled
    (entry,) = [one for one in house.records().audit.entries() if one.action == "posting approved"]
    assert (entry.actor, entry.reason.split(" (")[0]) == ("controller", "a month with three pay days")


@pytest.mark.thorough
def test_a_draft_is_corrected_by_a_further_draft_and_both_together_are_the_truth(house: House) -> None:
    """What was sent is never replaced, for a person may post it at any moment: here one draft is posted meanwhile."""
    house.configure(LLC, posting={"policy": "draft"})
    (draft,) = posted(house)
    checks = checks_of(LLC, FIRST)
    change(house, checks[3], 123_45)
    (second,) = again(house)
    assert (draft["state"], second["state"]) == ("Draft", "Draft")
    assert all(str(draft["reference"]) in str(line["memo"]) for line in lines_of([second]))
    wanted = [*checks[:3], raised(checks[3], 123_45), *checks[4:]]
    assert books_in(house.journals()) == books_of(LLC, wanted)
    assert house.journals()[0] == draft
    house.admin("intacct/records", object="GLBATCH", key=str(draft["recordno"]), fields={"STATE": "Posted"})
    change(house, checks[3], -123_45)
    (third,) = again(house)
    assert books_in(house.journals()) == books_of(LLC, checks)
    assert [one["state"] for one in house.journals()] == ["Posted", "Draft", "Draft"]
    (last,) = [one for one in house.records().postings.list(LLC) if one.reference == third["reference"]]
    assert (last.corrects, last.ledger_state) == (second["reference"], "Draft")
    row = house.status(LLC)[KEY]
    assert (row.state, row.reconciled, row.corrections) == ("posted", True, 2)


@pytest.mark.thorough
def test_a_run_far_from_the_last_one_of_its_kind_waits_for_another_person(house: House) -> None:
    house.configure(LLC, posting={"limits": {"variance_percent": 40}})
    (first,) = posted(house)  # nothing to compare it with
    assert house.carry(LLC, key_of(SECOND)).succeeded  # semi-monthly: not of its kind
    assert house.carry(LLC, key_of(THIRD)).succeeded  # within the limit
    house.configure(LLC, posting={"limits": {"variance_percent": 20}})
    payee = checks_of(LLC, FOURTH)[0]
    house.office("checks/change", LLC, FOURTH, paycheck_id=payee.paycheck_id, amount_cents=int(first["debit_cents"]))
    outcome = house.carry(LLC, key_of(FOURTH))
    assert not outcome.succeeded
    (held,) = house.records().postings.list(LLC, [PostingState.HELD])
    last = next(one for one in house.records().postings.list(LLC) if one.partition == key_of(THIRD))
    assert "is more than 20 percent from the" in held.hold_reason
    assert held.hold_reason.endswith(f"of the last pay run of its kind, {last.reference}")
    assert not house.journals(key_of(FOURTH))
    approve.main([LLC, held.reference, "--reason", "a bonus", "--as", "controller", "--post"], standalone_mode=False)
    assert house.status(LLC)[key_of(FOURTH)].reconciled
    change(house, checks_of(LLC, FIRST)[0], 10_00)
    assert house.carry(LLC, KEY).succeeded  # a correction is compared with no other run


def test_an_unknown_outcome_shows_everywhere_with_what_happens_next_and_retry_settles_it(
    house: House, waits: list[float]
) -> None:
    """In the status, as a failed asset check, as an observation of gl_post and in the metadata of the failed run."""
    house.fault("intacct", "drop_after", {"operation": "create", "object": "GLBATCH"})
    house.fault("intacct", "unavailable", {"operation": "query", "object": "GLBATCH"}, times=0)
    outcome = house.carry(LLC, KEY)
    assert not outcome.succeeded
    row, (known,) = house.status(LLC)[KEY], house.records().postings.list(LLC)
    assert row.state == "unknown"
    assert "connector retry" in row.next_action
    due = due_at(known, PROCESSING_WINDOW_S)
    assert due is not None
    assert row.next_at == due.isoformat(timespec="seconds")
    told = observed(house)
    assert (told["unknown"].value, told["next_at"].value) == (1, due.timestamp())
    assert f"sent again under the same id from {due:%Y-%m-%d %H:%M} UTC" in str(told["waiting"].value)
    check = last_check(house)
    assert (check.passed, check.severity) == (False, AssetCheckSeverity.ERROR)
    assert "outcome unknown" in str(check.description)
    (waiting,) = failed_step(house, outcome.run_id)["waiting"].value[KEY]
    assert (waiting["reference"], waiting["state"]) == (known.reference, "unknown")
    assert waiting["next_at"] == f"{due:%Y-%m-%d %H:%M:%S} UTC"
    house.no_faults()
    retry.main([LLC], standalone_mode=False)
    assert house.status(LLC)[KEY].state == "posted"
    assert house.carry(LLC, KEY).succeeded
    assert last_check(house).passed
    assert len(house.journals()) == 1


def observed(house: House) -> Mapping[str, Any]:
    """The metadata of the last observation of gl_post."""
    (record,) = house.instance.fetch_observations(AssetKey([LLC, "gl_post"]), limit=1).records
    observation = record.asset_observation
    assert observation is not None
    assert observation.partition == KEY
    return observation.metadata


def last_check(house: House) -> AssetCheckEvaluation:
    """How the check of P09 last ended."""
    key = AssetCheckKey(AssetKey([LLC, "gl_post"]), "p09_in_the_ledger")
    (record,) = house.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    assert record.event is not None
    assert record.event.dagster_event is not None
    return record.event.dagster_event.asset_check_evaluation_data


def failed_step(house: House, run_id: str) -> Mapping[str, Any]:
    """The metadata with which the step of a run failed."""
    (event,) = [one.dagster_event for one in house.instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE)]
    assert event is not None
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    return failure.metadata


@pytest.mark.thorough
def test_who_prepared_a_run_of_the_ui_stands_and_cannot_approve_it(house: House) -> None:
    """The open-source UI knows no users: a tag of the Launchpad names one, and without it Dagster is the preparer."""
    house.configure(LLC, posting={"policy": "hold"})
    job = house.definitions().resolve_job_def(f"{LLC}_post")
    for tags, preparer in (({}, "dagster"), ({PERSON_TAG: "ann"}, "ann"), ({PERSON_TAG: "bob"}, "ann")):
        result = job.execute_in_process(
            instance=house.instance, partition_key=KEY, tags=tags, run_config=QUIET, raise_on_error=False
        )
        assert not result.success
        (held,) = house.records().postings.list(LLC)
        assert held.planned_by == preparer
        for approver in (preparer, f" {preparer.upper()} "):
            with pytest.raises(ClickException, match=f"was prepared by {preparer}, who cannot approve it too"):
                approve.main([LLC, held.reference, "--reason", "fine", "--as", approver], standalone_mode=False)
        assert house.records().postings.list(LLC)[0].state == "held"
        if preparer == "dagster":  # taken back, so that the next run plans it anew
            house.records().postings.withdraw(held.key, "test", "for the next preparer")
    approve.main([LLC, held.reference, "--reason", "fine", "--as", "carol", "--post"], standalone_mode=False)
    (entry,) = [one for one in house.records().audit.entries() if one.action == "posting approved"]
    assert entry.actor == "carol"
    assert len(house.journals()) == 1


@pytest.mark.parametrize(
    ("tags", "preparer"),
    [
        ({}, "dagster"),
        ({"connector/person": " ann "}, "ann"),
        ({"connector/person": " ", "user": "ann@example.com"}, "ann@example.com"),
        ({"dagster/schedule_name": "hourly"}, "schedule hourly"),
        ({"dagster/sensor_name": "new_pay_runs", "connector/person": "ann"}, "ann"),
        ({"dagster/sensor_name": "new_pay_runs"}, "sensor new_pay_runs"),
    ],
)
def test_a_preparer_always_stands(tags: dict[str, str], preparer: str) -> None:
    assert prepared_by(tags) == preparer


@pytest.mark.thorough
def test_with_one_journal_per_entity_a_correction_has_its_parts_too(house: House) -> None:
    period = period_of(NJ, "Semi-monthly Payroll (1)", "2025-01")
    key = key_of(period)
    house.configure(NJ, journal={"one_per": "entity"})
    assert house.carry(NJ, key).succeeded
    checks = checks_of(NJ, period)
    for check in checks:
        house.office("checks/change", NJ, period, paycheck_id=check.paycheck_id, amount_cents=9_99)
    outcome = house.carry(NJ, key)
    assert outcome.succeeded, outcome.problem
    codes = sorted(str(one["reference"]).partition(f"{period.pay_period_id}-")[2] for one in house.journals(key))
    assert codes == ["L-1", "L-1-E100", "L-2", "L-2-E100", "R-2", "R-2-E100"]
    assert books_in(house.journals(key)) == books_of(NJ, [raised(check, 9_99) for check in checks])
    assert house.status(NJ)[key].reconciled
    assert house.carry(NJ, key).succeeded
    assert len(house.journals(key)) == 6
