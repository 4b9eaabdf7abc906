"""Voids, reversals and corrected runs: what was booked is taken back exactly, and never touched."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from connector_assets.commands.decide import approve
from connector_assets.records.postings import PostingState
from connector_assets.sandbox.facts import CheckFacts
from connector_tests.flows.facts import FIRST, books_in, books_of, cents, checks_of, lines_of, period_of
from connector_tests.flows.house import LLC, NJ, House, Json, key_of

VOIDED = period_of(LLC, "Bi-weekly Payroll (1)", "2025-05-02")
VOIDING = period_of(LLC, "Bi-weekly Payroll (2)", "2025-05-16")
REVERSED = period_of(NJ, "Bi-weekly Payroll (1)", "2025-08-08")
REVERSE = period_of(NJ, "Reverse")
RERUN = period_of(NJ, "Corrected re-run")


def negative(books: Counter[str]) -> Counter[str]:
    return Counter({account: -amount for account, amount in books.items()})


def by_center(journals: list[Json]) -> Counter[tuple[object, ...]]:
    """Cents by account, department, location and project."""
    sums: Counter[tuple[object, ...]] = Counter()
    for line in lines_of(journals):
        place = tuple(line.get(name) for name in ("account", "department", "location", "project"))
        sums[place] += cents(line)
    return Counter({place: amount for place, amount in sums.items() if amount})


def split_of(checks: list[CheckFacts]) -> tuple[list[CheckFacts], list[CheckFacts]]:
    """The ordinary checks and the voids."""
    return [one for one in checks if one.net_cents >= 0], [one for one in checks if one.net_cents < 0]


def test_a_void_is_a_journal_of_its_own_that_takes_the_check_back(house: House) -> None:
    assert house.carry(LLC, key_of(VOIDED)).succeeded
    assert house.carry(LLC, key_of(VOIDING)).succeeded
    ordinary, voids = split_of(checks_of(LLC, VOIDING))
    (voided,) = (
        one
        for one in checks_of(LLC, VOIDED)
        if one.worker_id == voids[0].worker_id and one.net_cents == -voids[0].net_cents
    )
    by_kind = {str(one["reference"]).split("-")[-2]: [one] for one in house.journals(key_of(VOIDING))}
    assert by_kind.keys() == {"L", "V"}
    assert books_in(by_kind["L"]) == books_of(LLC, ordinary)
    assert books_in(by_kind["V"]) == books_of(LLC, voids) == negative(books_of(LLC, [voided]))
    assert house.status(LLC)[key_of(VOIDING)].reconciled


def test_a_void_follows_the_split_that_was_posted_and_not_todays_mapping(house: House) -> None:
    """Between the check and its void the mapping moves hourly wages to another account: the void takes back the old."""
    assert house.carry(LLC, key_of(VOIDED)).succeeded
    home = house.records()
    version = home.mappings.versions(LLC)[0]
    moved = version.body.replace(",6010,", ",6000,").replace(",5010,", ",5000,")
    home.mappings.save(
        LLC, moved, author="controller", reason="one wage account", effective_from=version.effective_from
    )
    assert house.carry(LLC, key_of(VOIDING)).succeeded
    (void,) = (one for one in house.journals(key_of(VOIDING)) if "-V-" in str(one["reference"]))
    ordinary = next(one for one in house.journals(key_of(VOIDING)) if "-L-" in str(one["reference"]))
    accounts = {str(line["account"]) for line in lines_of([void])}
    assert accounts & {"6010", "5010"}
    assert not accounts & {"6000", "5000"}
    assert not {str(line["account"]) for line in lines_of([ordinary])} & {"6010", "5010"}


@pytest.mark.parametrize("signs", ["negative", pytest.param("positive", marks=pytest.mark.thorough)])
def test_a_reversed_run_its_reversal_and_the_corrected_run_leave_the_corrected_one(house: House, signs: str) -> None:
    """What Paychex sends as the amounts of a reversal is unconfirmed: either way the first two add up to nothing."""
    house.admin("switches", **{"paychex.reversal_signs": signs})
    assert house.carry(NJ, key_of(REVERSED), key_of(RERUN)).succeeded
    original, reversal, rerun = (house.journals(key_of(period)) for period in (REVERSED, REVERSE, RERUN))
    assert books_in(original) == books_of(NJ, checks_of(NJ, REVERSED))
    assert not by_center([*original, *reversal])
    assert books_in([*original, *reversal, *rerun]) == books_of(NJ, checks_of(NJ, RERUN))
    assert all(house.status(NJ)[key_of(period)].reconciled for period in (REVERSED, REVERSE, RERUN))


def test_a_run_that_is_reversed_after_it_was_posted_is_taken_back(house: House) -> None:
    """In Flex the run turns REVERSED and a new period takes it back: the next refresh finds that one, and only that."""
    assert house.carry(LLC, key_of(FIRST)).succeeded
    made = house.office("periods/reverse", LLC, FIRST)
    house.renew(LLC, "pay_calendar")
    (new,) = [key for key in house.partitions(LLC) if key.endswith(f"_{made['pay_period_id']}")]
    assert house.carry(LLC, new).succeeded
    assert len(house.journals()) == 2
    assert not by_center(house.journals())
    assert house.carry(LLC, key_of(FIRST)).succeeded  # now REVERSED; posted long ago, and nothing more to do
    assert len(house.journals()) == 2


@pytest.mark.parametrize("signs", ["negative", pytest.param("positive", marks=pytest.mark.thorough)])
def test_a_reversal_of_some_checks_never_books_them_a_second_time(house: House, signs: str) -> None:
    """Taken back where the amounts say so; where they do not, it waits for a person: both are better than a guess."""
    house.admin("switches", **{"paychex.reversal_signs": signs})
    assert house.carry(LLC, key_of(FIRST)).succeeded
    (some, *_) = checks_of(LLC, FIRST)
    made = house.office("periods/reverse", LLC, FIRST, paycheck_ids=[some.paycheck_id])
    house.renew(LLC, "pay_calendar")
    (new,) = [key for key in house.partitions(LLC) if key.endswith(f"_{made['pay_period_id']}")]
    outcome = house.carry(LLC, new)
    if signs == "negative":
        assert outcome.succeeded, outcome.problem
        assert books_in(house.journals(new)) == negative(books_of(LLC, [some]))
    else:
        assert str(made["pay_period_id"]) in outcome.problem
        assert not house.journals(new)


@pytest.mark.thorough
def test_a_positive_reversal_whose_original_was_never_read_waits_for_a_person(house: House) -> None:
    house.admin("switches", **{"paychex.reversal_signs": "positive"})
    outcome = house.carry(NJ, key_of(REVERSE))
    assert not outcome.succeeded
    assert REVERSED.pay_period_id in outcome.problem
    assert not house.journals()
    assert house.carry(NJ, key_of(REVERSED)).succeeded
    assert house.carry(NJ, key_of(REVERSE)).succeeded
    assert not by_center(house.journals())


@pytest.mark.thorough
def test_what_takes_back_a_check_of_an_earlier_year_waits_for_a_person_whatever_the_policy(house: House) -> None:
    paid = period_of(LLC, "Bi-weekly Payroll (2)", "2025-12-26")
    assert house.carry(LLC, key_of(paid)).succeeded
    made = house.office("periods/reverse", LLC, paid)
    with closing(sqlite3.connect(house.settings.home / "sandbox.db")) as db:
        january = "UPDATE paychex_periods SET facts = json_set(facts, '$.check_date', '2026-01-09') WHERE facts <> ''"
        db.execute(january)
        db.commit()
    house.renew(LLC, "pay_calendar")
    (new,) = [key for key in house.partitions(LLC) if key.endswith(f"_{made['pay_period_id']}")]
    assert new.startswith("2026-01-09")
    outcome = house.carry(LLC, new)
    assert "it takes back a check of an earlier year, which may need a W-2c: " in outcome.problem
    (held,) = house.records().postings.list(LLC, [PostingState.HELD])
    assert not house.journals(new)
    approve.main([LLC, held.reference, "--reason", "W-2c filed", "--as", "controller"], standalone_mode=False)
    assert house.carry(LLC, new).succeeded
    assert not by_center(house.journals())


@pytest.mark.thorough
def test_an_off_cycle_run_that_appears_later_becomes_a_pay_run(house: House) -> None:
    before = house.partitions(LLC)
    made = house.admin("paychex/periods/add_offcycle", company_id="00H2A1IUHMADVISORY00", check_date="2025-07-03")
    house.renew(LLC, "pay_calendar")
    (new,) = set(house.partitions(LLC)) - set(before)
    assert new == f"2025-07-03_{made['pay_period_id']}"
    assert house.carry(LLC, new).succeeded
    row = house.status(LLC)[new]
    assert (row.checks, row.gross_cents, row.reconciled) == (3, 3 * 100_000, True)
