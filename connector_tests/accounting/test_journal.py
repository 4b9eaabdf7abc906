"""The journal as a document: identity, canonical form, digest, and the entities that must each balance."""

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from connector_assets.accounting.entity_journals import per_entity
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.journal import Journal, JournalLine, journal_from_payload
from connector_assets.accounting.journal_build import journal_frame, journal_title
from connector_assets.vendors.protocols import Document
from connector_tests.accounting.registers import JOURNAL_POLICY, PAY_RUN, TWO_ENTITIES, Line, run, table_of

LINE = JournalLine("6000", 100_00, "200", "NYC", None, None, None, "E100", "Salary")
JOURNAL = Journal(
    "labor",
    "PX-01080012-88123-L-1",
    "PYRL",
    date(2026, 4, 10),
    "PR BW 2026-04-10 #88123 r1",
    "USD",
    "Posted",
    (LINE, replace(LINE, account_no="1051", amount_cents=-100_00, department_id=None, location_id="E100")),
)


def test_a_journal_is_a_document_and_survives_its_payload() -> None:
    document: Document = JOURNAL
    assert journal_from_payload(document.payload()) == JOURNAL
    assert journal_from_payload(document.payload()).payload() == document.payload()


def test_custom_dimensions_are_part_of_the_books_and_survive_a_payload() -> None:
    tagged = replace(LINE, custom_dimensions=(("GLDIMGRANT", "12"), ("GLDIMFUND", "3")))
    journal = replace(JOURNAL, lines=(tagged, JOURNAL.lines[1]))
    assert journal_from_payload(journal.payload()) == journal
    assert journal.digest() != JOURNAL.digest()
    turned = replace(tagged, custom_dimensions=tagged.custom_dimensions[::-1])
    assert replace(journal, lines=(turned, JOURNAL.lines[1])).digest() == journal.digest()
    other = replace(tagged, custom_dimensions=(("GLDIMGRANT", "13"), ("GLDIMFUND", "3")))
    assert replace(journal, lines=(other, JOURNAL.lines[1])).digest() != journal.digest()


def test_a_journal_without_custom_dimensions_keeps_the_digest_and_payload_of_before_there_were_any() -> None:
    assert JOURNAL.digest() == "ef976b9b91468d263596fdca9cafe5ef165e6d8c3d3ef7a88ac33f69b36379eb"
    assert "custom_dimensions" not in JOURNAL.payload()


def test_the_mapping_version_travels_with_the_journal_and_its_parts_and_is_no_part_of_the_books() -> None:
    made = replace(JOURNAL, mapping_version="7")
    assert journal_from_payload(made.payload()) == made
    assert made.digest() == JOURNAL.digest()
    assert "mapping_version" not in JOURNAL.payload()
    lines = [Line("wage", "REG", 600_00), Line("wage", "REG", 400_00, location_id="LOC-JC")]
    policy = replace(JOURNAL_POLICY, mapping_version="7")
    whole = run({"C1": lines}, journal=policy, cost_centers=TWO_ENTITIES)
    cut = run({"C1": lines, "C2": lines}, journal=replace(policy, lines_max=4), cost_centers=TWO_ENTITIES)
    journals = (*whole.build.journals, *per_entity(whole.build, "E100").journals, *cut.build.journals)
    assert len(journals) == 5
    assert {one.mapping_version for one in journals} == {"7"}


@pytest.mark.parametrize(
    "same",
    [
        replace(JOURNAL, title="changed by the ledger", state="Draft"),
        replace(JOURNAL, lines=JOURNAL.lines[::-1]),
        replace(JOURNAL, lines=tuple(replace(line, memo="", entity_id="") for line in JOURNAL.lines)),
        replace(JOURNAL, lines=tuple(replace(line, project_id="") for line in JOURNAL.lines)),
    ],
)
def test_what_a_ledger_may_alter_is_not_in_the_digest(same: Journal) -> None:
    assert same.digest() == JOURNAL.digest()


@pytest.mark.parametrize(
    "other",
    [
        replace(JOURNAL, entry_date=date(2026, 4, 11)),
        replace(JOURNAL, journal_symbol="PYAD"),
        replace(JOURNAL, currency="CAD"),
        replace(JOURNAL, lines=JOURNAL.lines[:1]),
        replace(JOURNAL, lines=(*JOURNAL.lines, LINE)),
        *(
            replace(JOURNAL, lines=(replace(LINE, **change), JOURNAL.lines[1]))
            for change in (
                {"amount_cents": 100_01},
                {"account_no": "6010"},
                {"department_id": "210"},
                {"location_id": "JC"},
                {"project_id": "P-1040"},
                {"class_id": "A"},
                {"employee_id": "W1"},
            )
        ),
    ],
)
def test_what_changes_the_books_changes_the_digest(other: Journal) -> None:
    assert other.digest() != JOURNAL.digest()


def test_the_digest_never_changes_between_versions_of_this_code() -> None:
    assert JOURNAL.digest() == "ef976b9b91468d263596fdca9cafe5ef165e6d8c3d3ef7a88ac33f69b36379eb"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", JOURNAL.payload()[:-5], '{"lines":[{}]}'])
def test_a_damaged_payload_is_refused(text: str) -> None:
    with pytest.raises(AccountingError, match="payload cannot be read"):
        journal_from_payload(text)


def test_the_frame_of_a_journal_has_its_lines() -> None:
    frame = journal_frame(JOURNAL)
    assert frame["amount_cents"].tolist() == [100_00, -100_00]
    assert frame["journal_line_no"].tolist() == [1, 2]


def test_reference_and_title_identify_the_pay_run() -> None:
    (journal,) = run({"C1": [Line("wage", "REG", 1)]}, journal=replace(JOURNAL_POLICY, revision=2)).build.journals
    assert journal.reference == "PX-01080012-970007831988123-L-2"
    assert journal.title == "PR BW 2026-04-10 #88123 r2"
    assert journal.entry_date == PAY_RUN.check_date


@pytest.mark.parametrize(
    ("interval", "starts"),
    [("SEMI_MONTHLY", "PR SM "), ("", "PR OC "), ("fortnightly", "PR FO "), ("WEEKLY", "PR WK ")],
)
def test_a_title_has_at_most_thirty_characters(interval: str, starts: str) -> None:
    title = journal_title(replace(PAY_RUN, interval=interval), revision=12345)
    assert title.startswith(starts)
    assert len(title) <= 30


def test_lines_of_the_same_account_and_cost_center_become_one_and_lines_of_nothing_none() -> None:
    lines = [
        Line("wage", "REG", 60_00),
        Line("wage", "BON", 40_00),
        Line("wage", "ADJ", 5_00, location_id="LOC-JC"),
        Line("wage", "ADJ", -5_00, location_id="LOC-JC"),
    ]
    result = run({"C1": lines})
    assert table_of(result.build.journals[0]) == {"1051///": -100_00, "6000/200/NYC/": 100_00}
    assert result.build.journals[0].lines[1].memo == "BON, REG"
    # the pieces that add up to nothing are still in the trace, on line 0
    assert result.build.trace.loc[result.build.trace["journal_line_no"] == 0, "amount_cents"].tolist() == [5_00, -5_00]


def test_credits_carry_the_employing_entitys_location_and_dues_the_others() -> None:
    policy = replace(JOURNAL_POLICY, credit_location="E100")
    lines = [Line("wage", "REG", 60_00), Line("wage", "REG", 40_00, location_id="LOC-JC")]
    (journal,) = run({"C1": lines}, cost_centers=TWO_ENTITIES, journal=policy).build.journals
    assert {(line.account_no, line.location_id, line.entity_id, line.amount_cents) for line in journal.lines} == {
        ("6000", "NYC", "E100", 60_00),
        ("6000", "JC", "E200", 40_00),
        ("1310", "E100", "E100", 40_00),
        ("2410", "E200", "E200", -40_00),
        ("1051", "E100", "E100", -100_00),
    }
    assert journal.unbalanced_entities() == {}


def test_a_journal_that_does_not_balance_names_the_entity() -> None:
    crossing = replace(JOURNAL, lines=(LINE, replace(LINE, amount_cents=-100_00, entity_id="E200")))
    assert crossing.debit_cents() == crossing.credit_cents()
    assert crossing.unbalanced_entities() == {"E100": 100_00, "E200": -100_00}


def test_importing_the_journal_does_not_import_pandas() -> None:
    """A ledger client needs the document only, and must start at once."""
    code = "import sys, connector_assets.accounting.journal; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
