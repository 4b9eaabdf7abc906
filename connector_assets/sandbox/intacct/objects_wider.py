"""The objects beyond what this project posts: items, orders, contracts, time, adjustments, cash (fact sheet section 8).

They are kept by their fields, references and lines; none of them moves a balance. Where the fact sheet names no object
for a legacy function (card transactions, deposits, summaries), the name here is ours.
"""

from types import MappingProxyType

from connector_assets.sandbox.intacct.objects import define
from connector_assets.sandbox.intacct.schema import ObjectType

_DIMENSIONS = (
    "LOCATIONID>LOCATION DEPARTMENTID>DEPARTMENT PROJECTID>PROJECT TASKID COSTTYPEID CUSTOMERID>CUSTOMER "
    "VENDORID>VENDOR EMPLOYEEID>EMPLOYEE ITEMID>ITEM CLASSID>CLASS CONTRACTID>CONTRACT WAREHOUSEID>WAREHOUSE"
)
_CURRENCY = "CURRENCY BASECURR EXCH_RATE_DATE:date EXCH_RATE_TYPE_ID EXCHANGE_RATE:amount"
_MONEY_LINE = (
    f"LINE_NO:int- ACCOUNTNO>GLACCOUNT ACCOUNTLABEL OFFSETGLACCOUNTNO AMOUNT:amount! MEMO ALLOCATION {_DIMENSIONS}"
)
_ADJUSTMENT = (
    "WHENCREATED:date! WHENPOSTED:date PRBATCH ADJUSTMENTNO ACTION DOCNUMBER DESCRIPTION EXTERNALID "
    f"{_CURRENCY} STATE=Posted"
)
_ORDER = (
    "DOCID! DOCPARID! DOCNO! WHENCREATED:date! WHENPOSTED:date CREATEDFROM REFERENCENO TERMNAME WHENDUE:date MESSAGE "
    f"SHIPVIA SUPDOCID>SUPDOC EXTERNALID {_CURRENCY} STATE=Pending PROJECTID>PROJECT TAXSOLUTIONID COMMENT"
)
_ORDER_LINE = (
    "DOCKEY:int- LINE_NO:int- ITEMDESC TAXABLE:bool QUANTITY:amount! UNIT PRICE:amount COST:amount DISCOUNT:amount "
    f"MEMO SOURCELINEKEY BUNDLENUMBER DISCSURCHARGEMEMO FORM1099 BILLABLE:bool REVRECTEMPLATE REVRECSTARTDATE:date "
    f"REVRECENDDATE:date RENEWALMACRO TASKNO BILLINGTEMPLATE OVERRIDETAXAMOUNT TAX DELIVERYSTATUS {_DIMENSIONS}"
)
_CASH = f"PAYEE DESCRIPTION SUPDOCID>SUPDOC {_CURRENCY} STATE=Posted"
_CONTRACT_DATES = "BEGINDATE:date ENDDATE:date"
SUMMARIES = {
    "create_billbatch": "APBILLBATCH",
    "create_apadjustmentbatch": "APADJUSTMENTBATCH",
    "create_invoicebatch": "ARINVOICEBATCH",
    "create_aradjustmentbatch": "ARADJUSTMENTBATCH",
    "create_arpaymentbatch": "ARPYMTBATCH",
    "create_expensereportbatch": "EEXPENSESBATCH",
}
"""The legacy function that creates a summary, and the object it is kept in."""


def _order(name: str, label: str, party: str) -> tuple[ObjectType, ObjectType]:
    line = f"{name}ENTRY"
    ways = "VENDORDOCNO RETURNTO PAYTO DELIVERTO SHIPTO BILLTO WAREHOUSEID>WAREHOUSE VSOEPRICELIST ORIGDOCDATE:date"
    whole = f"{party} {ways} {_ORDER}"
    lines = (f"{name}ENTRIES", line, "DOCKEY")
    return (
        define(name, label, "DOCID", whole, writable=True, dated=True, lines=lines),
        define(line, f"{label} Entry", "RECORDNO", _ORDER_LINE),
    )


def _adjustment(name: str, label: str, party: str) -> tuple[ObjectType, ObjectType]:
    line, lines = f"{name}ITEM", (f"{name}ITEMS", f"{name}ITEM", "RECORDKEY")
    return (
        define(name, label, "RECORDNO", f"{party} {_ADJUSTMENT}", writable=True, dated=True, lines=lines),
        define(line, f"{label} Detail", "RECORDNO", f"RECORDKEY:int- {_MONEY_LINE}"),
    )


WIDER = (
    define(
        "ITEM",
        "Item",
        "ITEMID",
        "ITEMID! NAME! ITEMTYPE! STATUS:status=active TAXABLE:bool PRODUCTLINEID COST_METHOD EXTENDED_DESCRIPTION "
        "PODESCRIPTION SODESCRIPTION UOMGRP NOTE SHIP_WEIGHT GLGROUP STANDARD_COST BASEPRICE TAXGROUP "
        "DEFAULTREVRECTEMPLKEY INCOMEACCTKEY INVACCTKEY EXPENSEACCTKEY COGSACCTKEY OFFSETOEGLACCOUNTKEY "
        "OFFSETPOGLACCOUNTKEY DEFERREDREVACCTKEY VSOECATEGORY VSOEDLVRSTATUS VSOEREVDEFSTATUS REVPOSTING REVPRINTING "
        "SUBSTITUTEID ENABLE_SERIALNO SERIAL_MASKKEY ENABLE_LOT_CATEGORY LOT_CATEGORYKEY ENABLE_BINS ENABLE_EXPIRATION "
        "UPC INV_PRECISION SO_PRECISION PO_PRECISION HASSTARTENDDATES TERMPERIOD TOTALPERIODS COMPUTEFORSHORTTERM "
        "RENEWALMACROID",
        writable=True,
    ),
    define(
        "WAREHOUSE",
        "Warehouse",
        "WAREHOUSEID",
        "WAREHOUSEID! NAME! LOC.LOCATIONID>LOCATION! MANAGERID>EMPLOYEE PARENTID>WAREHOUSE USEDINGL:bool "
        "CONTACTINFO.CONTACTNAME>CONTACT~ SHIPTO.CONTACTNAME>CONTACT~ STATUS:status=active",
        writable=True,
        parent_field="PARENTID",
    ),
    define(
        "TASK",
        "Task",
        "RECORDNO",
        "TASKID NAME! PROJECTID>PROJECT! TASKSTATUS PARENTKEY:int TASKNO ITEMID>ITEM CLASSID>CLASS STANDARDTASKID "
        "BILLABLE:bool ISMILESTONE:bool UTILIZED:bool PRIORITY TIMETYPENAME PBEGINDATE:date PENDDATE:date "
        "BUDGETQTY:amount ESTQTY:amount DESCRIPTION SUPDOCID>SUPDOC STATUS:status=active",
        relations="PROJECT=PROJECT:PROJECTID:PROJECTID",
        writable=True,
    ),
    define(
        "COSTTYPE",
        "Cost Type",
        "RECORDNO",
        "COSTTYPEID STANDARDCOSTTYPEID! PROJECTID>PROJECT TASKID TASKKEY:int NAME ACCUMULATIONTYPENAME "
        "ACCOUNTNO>GLACCOUNT ITEMID>ITEM PBEGINDATE:date PENDDATE:date STATUS:status=active",
        writable=True,
    ),
    define(
        "TIMESHEET",
        "Timesheet",
        "RECORDNO",
        "EMPLOYEEID>EMPLOYEE! BEGINDATE:date! GLPOSTDATE:date DESCRIPTION SUPDOCID>SUPDOC STATE:timestate=Draft "
        "APPROVEDBY- DECLINEDBY- COMMENT-",
        relations="EMPLOYEE=EMPLOYEE:EMPLOYEEID:EMPLOYEEID",
        writable=True,
        lines=("TIMESHEETENTRIES", "TIMESHEETENTRY", "TIMESHEETKEY"),
    ),
    define(
        "TIMESHEETENTRY",
        "Timesheet Entry",
        "RECORDNO",
        "TIMESHEETKEY:int- LINENO:int LINE_NO:int- ENTRYDATE:date! QTY:amount! TASKKEY:int TIMETYPE BILLABLE:bool "
        "EMPPOSITIONID LABORCLASSID LABORSHIFTID LABORUNIONID DESCRIPTION NOTES EXTBILLRATE:amount EXTCOSTRATE:amount "
        f"EXTAMOUNT:amount EXTEMPLOYERTAXES:amount EXTFRINGES:amount {_DIMENSIONS}",
    ),
    define(
        "EMPLOYEEPOSITION",
        "Employee Position",
        "POSITIONID",
        "POSITIONID! NAME! DESCRIPTION STATUS:status=active",
        writable=True,
    ),
    define(
        "EARNINGTYPE",
        "Earning Type",
        "NAME",
        "NAME! METHOD! BILLABLEACCTNO>GLACCOUNT! NONBILLABLEACCTNO>GLACCOUNT! RATEMULTIPLIER:amount",
    ),
    define(
        "EMPLOYEERATE",
        "Employee Rate",
        "RECORDNO",
        "EMPLOYEEID>EMPLOYEE! RATESTARTDATE:date! BILLINGRATE:amount SALARYRATE:amount",
    ),
    define(
        "CONTRACT",
        "Contract",
        "CONTRACTID",
        f"CONTRACTID CUSTOMERID>CUSTOMER! NAME! {_CONTRACT_DATES} TERMNAME>ARTERM! TERMTYPE APPLICATION STATE=Draft "
        "DESCRIPTION BILLTOCONTACTNAME SHIPTOCONTACTNAME BILLINGFREQUENCY PRCLIST MEAPRCLIST SUPDOCID>SUPDOC "
        "LOCATIONID>LOCATION! DEPARTMENTID>DEPARTMENT PROJECTID>PROJECT VENDORID>VENDOR EMPLOYEEID>EMPLOYEE "
        "CLASSID>CLASS CURRENCY EXCHRATETYPE RENEWAL:bool RENEWALMACRO RENEWTERMLENGTH "
        "RENEWTERMPERIOD",
        relations="CUSTOMER=CUSTOMER:CUSTOMERID:CUSTOMERID",
        writable=True,
        number_prefix="CON-",
    ),
    define(
        "CONTRACTDETAIL",
        "Contract Line",
        "RECORDNO",
        f"CONTRACTID>CONTRACT! ITEMID>ITEM! BILLINGMETHOD! {_CONTRACT_DATES} GLPOSTINGDATE:date ITEMDESC RENEWAL:bool "
        "EXCH_RATE_DATE:date EXCHANGE_RATE:amount BILLINGOPTIONS QUANTITY:amount PRICE:amount MULTIPLIER:amount "
        "DISCOUNTPERCENT:amount BILLINGTEMPLATE BILLINGSTARTDATE:date BILLINGENDDATE:date FLATAMOUNT:amount "
        "REVENUETEMPLATENAME REVENUESTARTDATE:date REVENUEENDDATE:date REVENUE2TEMPLATENAME REVENUE2STARTDATE:date "
        "REVENUE2ENDDATE:date SHIPTOCONTACTNAME LOCATIONID>LOCATION! DEPARTMENTID>DEPARTMENT PROJECTID>PROJECT "
        "VENDORID>VENDOR EMPLOYEEID>EMPLOYEE CLASSID>CLASS STATE=Draft ASOFDATE:date-",
        writable=True,
    ),
    define(
        "ALLOCATION",
        "Allocation",
        "ALLOCATIONID",
        "ALLOCATIONID! TYPE! DESCRIPTION DOCNUMBER SUPDOCID>SUPDOC STATUS:status=active",
        writable=True,
        lines=("ALLOCATIONENTRIES", "ALLOCATIONENTRY", "ALLOCATIONKEY"),
    ),
    define(
        "ALLOCATIONENTRY", "Allocation Entry", "RECORDNO", f"ALLOCATIONKEY:int- LINE_NO:int- VALUE:amount {_DIMENSIONS}"
    ),
    define(
        "EXCHANGERATE",
        "Exchange Rate",
        "RECORDNO",
        "TYPENAME! FROM_CURRENCY! TO_CURRENCY!",
        writable=True,
        lines=("EXCHANGERATEENTRIES", "EXCHANGERATEENTRY", "RATEKEY"),
    ),
    define(
        "EXCHANGERATEENTRY",
        "Exchange Rate Entry",
        "RECORDNO",
        "RATEKEY:int- LINE_NO:int- EFFECTIVE_START_DATE:date! EXCHANGE_RATE:amount! RECIPROCAL_RATE:amount",
    ),
    define(
        "GLBUDGETHEADER",
        "Budget",
        "BUDGETID",
        "BUDGETID! DESCRIPTION! DEFAULT_BUDGET:bool ISCONSOLIDATED:bool CURRENCY STATUS:status=active",
        writable=True,
        lines=("GLBUDGETITEMS", "GLBUDGETITEM", "BUDGETKEY"),
    ),
    define(
        "GLBUDGETITEM",
        "Budget Detail",
        "RECORDNO",
        "BUDGETKEY:int- LINE_NO:int- ACCT_NO>GLACCOUNT! PERIODNAME>REPORTINGPERIOD! LOCATION_NO>LOCATION "
        f"DEPT_NO>DEPARTMENT AMOUNT:amount! {_DIMENSIONS}",
    ),
    define(
        "GLACCTGRP",
        "Account Group",
        "NAME",
        "NAME! MEMBERTYPE! TITLE HOWCREATED STATUS:status=active",
        writable=True,
        lines=("ACCTRANGES", "ACCTRANGE", "GROUPKEY"),
    ),
    define(
        "ACCTRANGE", "Account Range", "RECORDNO", "GROUPKEY:int- LINE_NO:int- RANGEFROM>GLACCOUNT! RANGETO>GLACCOUNT!"
    ),
    *_adjustment("APADJUSTMENT", "AP Adjustment", "VENDORID>VENDOR! BILLNO"),
    *_adjustment("ARADJUSTMENT", "AR Adjustment", "CUSTOMERID>CUSTOMER! INVOICENO"),
    *_adjustment("EXPENSEADJUSTMENTS", "Expense Adjustment", "EMPLOYEEID>EMPLOYEE! SUPDOCID>SUPDOC"),
    *_order("PODOCUMENT", "Purchasing Transaction", "VENDORID>VENDOR!"),
    *_order("SODOCUMENT", "Order Entry Transaction", "CUSTOMERID>CUSTOMER!"),
    *_order("ICTRANSACTION", "Inventory Transaction", "LOCATIONID>LOCATION"),
    define(
        "CCTRANSACTION",
        "Charge Card Transaction",
        "RECORDNO",
        f"CHARGECARDID! PAYMENTDATE:date REFERENCENO {_CASH}",
        lines=("CCTRANSACTIONENTRIES", "CCTRANSACTIONENTRY", "RECORDKEY"),
    ),
    define("CCTRANSACTIONENTRY", "Charge Card Entry", "RECORDNO", f"RECORDKEY:int- {_MONEY_LINE}"),
    define(
        "OTHERRECEIPTS",
        "Other Receipt",
        "RECORDNO",
        f"PAYMENTDATE:date! RECEIVEDDATE:date! PAYMENTMETHOD! BANKACCOUNTID>CHECKINGACCOUNT DEPOSITDATE:date "
        f"UNDEPGLACCOUNTNO>GLACCOUNT REFID {_CASH}",
        lines=("OTHERRECEIPTSENTRIES", "OTHERRECEIPTSENTRY", "RECORDKEY"),
    ),
    define("OTHERRECEIPTSENTRY", "Other Receipt Entry", "RECORDNO", f"RECORDKEY:int- {_MONEY_LINE}"),
    define(
        "DEPOSIT",
        "Deposit",
        "RECORDNO",
        "BANKACCOUNTID>CHECKINGACCOUNT! DEPOSITDATE:date! DEPOSITID! DESCRIPTION SUPDOCID>SUPDOC STATE=Posted",
    ),
    define(
        "BANKACCTTXNFEED",
        "Bank Feed",
        "RECORDNO",
        "FINANCIALENTITY>CHECKINGACCOUNT! FEEDDATE:date FEEDTYPE",
        writable=True,
        lines=("BANKACCTTXNRECORDS", "BANKACCTTXNRECORD", "FEEDKEY"),
    ),
    define(
        "BANKACCTTXNRECORD",
        "Bank Transaction",
        "RECORDNO",
        "FEEDKEY:int- LINE_NO:int- TRANSACTIONID! POSTINGDATE:date TRANSACTIONTYPE DOCTYPE DOCNO PAYEE AMOUNT:amount "
        "DESCRIPTION CURRENCY",
    ),
    define(
        "EPPAYMENTREQUEST",
        "Reimbursement Request",
        "RECORDNO",
        "BANKACCOUNTID>CHECKINGACCOUNT! EMPLOYEEID>EMPLOYEE! MEMO PAYMENTMETHOD! PAYMENTDATE:date! PAYMENTOPTION "
        "DOCUMENTNUMBER PAYMENTDESCRIPTION PAYMENTCONTACT STATE=Submitted",
        lines=("EPPAYMENTREQUESTITEMS", "EPPAYMENTREQUESTITEM", "RECORDKEY"),
    ),
    define(
        "EPPAYMENTREQUESTITEM",
        "Reimbursement Request Item",
        "RECORDNO",
        "RECORDKEY:int- LINE_NO:int- KEY:int! PAYMENTAMOUNT:amount! CREDITTOAPPLY:amount",
    ),
    define(
        "ARADVANCE",
        "AR Advance",
        "RECORDNO",
        "CUSTOMERID>CUSTOMER! PAYMENTAMOUNT:amount! UNAPPLIED:amount- BANKACCOUNTID>CHECKINGACCOUNT "
        "UNDEPFUNDSACCT>GLACCOUNT REFID RECEIPTDATE:date! PAYMENTMETHOD! CURRENCY STATE=Posted",
    ),
    *(
        define(name, f"{name} Summary", "RECORDNO", "BATCHTITLE! BATCHDATE:date BANKACCOUNTID UNDEPFUNDSACCT")
        for name in SUMMARIES.values()
    ),
)
DEFINITIONS = MappingProxyType(
    {
        "Purchase Requisition": ("PODOCUMENT", "PR-", False),
        "Purchase Order": ("PODOCUMENT", "PO-", False),
        "Entity Requisition": ("PODOCUMENT", "ER-", True),
        "Sales Order": ("SODOCUMENT", "SO-", False),
        "Sales Invoice": ("SODOCUMENT", "SI-", False),
        "Inventory Receipt": ("ICTRANSACTION", "IR-", False),
    }
)
"""Transaction definitions: their object, the prefix of their numbers, and whether only an entity may use them."""
