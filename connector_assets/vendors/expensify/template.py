"""The export template: what is asked of each report and expense, and nothing beside it.

Every value is a quoted string (numbers may come grouped, booleans fail when printed plainly), every variable has a
default, and the last element counts the reports: the one proof that the file is whole.
"""

LEVELS = 5
"""How many levels of a multi-level tag are asked for."""

_TAGS = "".join(
    f'"tag{level}":"${{(e.ntag{level}!"")?json_string}}",'
    f'"tagCode{level}":"${{(e.ntag{level}GlCode!"")?json_string}}",\n   '
    for level in range(1, LEVELS + 1)
)

REPORTS = f"""<#-- reports, one object each; at the end their number -->
[<#list reports as report>
{{"kind":"report","reportID":"${{(report.reportID!"")?json_string}}","policyID":"${{(report.policyID!"")?json_string}}",
 "currency":"${{(report.currency!"")?json_string}}","total":"${{(report.total!"")}}",
 "status":"${{(report.status!"")?json_string}}","submitterName":"${{((report.submitter.fullName)!"")?json_string}}",
 "accountID":"${{(report.accountID!"")}}","employeeID":"${{(report.employeeCustomField1!"")?json_string}}",
 "created":"${{(report.created!"")}}","submitted":"${{(report.submitted!"")}}","approved":"${{(report.approved!"")}}",
 "reimbursed":"${{(report.reimbursed!"")}}",
 "expenses":[<#list report.transactionList as e>
  {{"id":"${{(e.transactionID!"")}}","amount":"${{(e.amount!"")}}","modifiedAmount":"${{(e.modifiedAmount!"")}}",
   "convertedAmount":"${{(e.convertedAmount!"")}}","currency":"${{(e.currency!"")}}",
   "created":"${{(e.created!"")}}","modifiedCreated":"${{(e.modifiedCreated!"")}}",
   "merchant":"${{(e.merchant!"")?json_string}}","modifiedMerchant":"${{(e.modifiedMerchant!"")?json_string}}",
   "category":"${{(e.category!"")?json_string}}","categoryCode":"${{(e.categoryGlCode!"")?json_string}}",
   "tag":"${{(e.tag!"")?json_string}}","tagCode":"${{(e.tagGlCode!"")?json_string}}",
   {_TAGS}"reimbursable":"${{(e.reimbursable!true)?string("true","false")}}",
   "billable":"${{(e.billable!false)?string("true","false")}}",
   "taxAmount":"${{(e.taxAmount!"")}}","modifiedTaxAmount":"${{(e.modifiedTaxAmount!"")}}",
   "taxCode":"${{(e.taxCode!"")?json_string}}","card":"${{(e.cardName!"")?json_string}}",
   "receipt":"${{((e.receiptObject.url)!"")?json_string}}"}}<#if e_has_next>,</#if></#list>]}},
</#list>
{{"kind":"eof","reports":"${{reports?size}}"}}]
"""

IDS = """[<#list reports as report>{"kind":"report","reportID":"${(report.reportID!"")?json_string}"},
</#list>{"kind":"eof","reports":"${reports?size}"}]
"""
"""Only the ids: for looking up, and for a job whose point is what it does when it ends."""
