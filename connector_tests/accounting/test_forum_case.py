"""The forum case: a "gross payroll" of 50,066.52 that contains reimbursements, and three draws on the bank."""

from connector_tests.accounting.registers import Line, mapping, run, table_of

# Each account stands for the draw that settles it: net pay, the garnishment, all taxes in one.
TABLE = mapping(
    "kind,debit_account,credit_account,burden\n"
    "wage,6000,,\n"
    "reimbursement,2130,,\n"
    "employee_tax,,1052,\n"
    "employer_tax,6100,1052,wages\n"
    "employee_deduction,,1053,\n"
    "net_pay,,1051,\n"
)
REGISTER = [
    Line("wage", "REG", 41_364_99),
    Line("reimbursement", "EXP", 8_701_53),
    Line("employee_tax", "All employee taxes", 13_025_78),
    Line("employee_deduction", "Garnishment", 385_59),
    Line("employer_tax", "All employer taxes", 3_702_73),
]


def test_gross_wages_leave_the_reimbursements_out_and_the_three_draws_come_out() -> None:
    result = run({"C1": REGISTER}, table=TABLE)
    (journal,) = result.build.journals
    assert table_of(journal) == {
        "6000/200/NYC/": 41_364_99,
        "6100/200/NYC/": 3_702_73,
        "2130///": 8_701_53,
        "1051///": -36_655_15,
        "1052///": -16_728_51,
        "1053///": -385_59,
    }
    assert journal.debit_cents() == journal.credit_cents() == 53_769_25
    totals = result.register_totals
    assert totals.gross_cents + totals.reimbursement_cents == 50_066_52
    assert (totals.net_cents, totals.gross_cents) == (36_655_15, 41_364_99)
    assert totals == result.journal_totals
    assert result.findings == ()
