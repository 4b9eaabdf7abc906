"""The objects of the subledgers: bills, invoices, expense reports, payments, attachments (fact sheet section 8)."""

from types import MappingProxyType

from connector_assets.sandbox.intacct.objects import define

_CURRENCY = "CURRENCY BASECURR EXCH_RATE_DATE:date EXCH_RATE_TYPE_ID EXCHANGE_RATE:amount"
_TOTALS = " ".join(f"{prefix}TOTAL{name}:amount-" for prefix in ("", "TRX_") for name in ("ENTERED", "PAID", "DUE"))
_LINE = (
    "RECORDKEY:int- LINE_NO:int ACCOUNTNO>GLACCOUNT ACCOUNTLABEL ACCOUNTTITLE- OFFSETGLACCOUNTNO TRX_AMOUNT:amount "
    "AMOUNT:amount TOTALTRXAMOUNT:amount TRX_TAX:amount- ENTRYDESCRIPTION ENTRY_DATE:date BILLABLE:bool ALLOCATION "
    "LOCATIONID>LOCATION DEPARTMENTID>DEPARTMENT PROJECTID>PROJECT TASKID COSTTYPEID CUSTOMERID>CUSTOMER "
    "VENDORID>VENDOR EMPLOYEEID>EMPLOYEE ITEMID CLASSID>CLASS CONTRACTID WAREHOUSEID TOTALPAID:amount- "
    "TOTALDUE:amount- FORM1099 TAXDETAILID- REVRECTEMPLATE REVRECSTARTDATE:date REVRECENDDATE:date CURRENCY"
)
_HEADER = (
    f"RECORDID DOCNUMBER DESCRIPTION WHENCREATED:date WHENPOSTED:date WHENDUE:date TERMNAME {_CURRENCY} SUPDOCID "
    f"INCLUSIVETAX:bool=false TAXSOLUTIONID ACTION PRBATCH EXTERNALID STATE:billstate- {_TOTALS} MODULEKEY-"
)
_DETAIL = (
    "PAYMENTKEY:int- RECORDKEY:int ENTRYKEY:int POSADJKEY:int POSADJENTRYKEY:int TRX_PAYMENTAMOUNT:amount "
    "PAYMENTAMOUNT:amount- ADJUSTMENTKEY:int ADVANCEKEY:int INLINEKEY:int DISCOUNTDATE:date CURRENCY "
    "DISCOUNTTOAPPLY:amount CREDITTOAPPLY:amount ADVANCEENTRYKEY:int ADJUSTMENTENTRYKEY:int INLINEENTRYKEY:int "
    "TRX_POSTEDADVANCEAMOUNT:amount TRX_ADJUSTMENTAMOUNT:amount TRX_INLINEAMOUNT:amount"
)
_PAYMENT = (
    f"FINANCIALENTITY PAYMENTMETHOD! PAYMENTCONTACT GROUPPAYMENTS:bool DOCNUMBER DESCRIPTION {_CURRENCY} "
    "AMOUNTTOPAY:amount ACTION PRBATCH "
    "WHENCREATED:date- STATE:paymentstate- TOTALENTERED:amount- TRX_TOTALENTERED:amount-"
)

SUBLEDGER = (
    define(
        "APBILL",
        "AP Bill",
        "RECORDNO",
        "VENDORID>VENDOR BILLTOPAYTOCONTACTNAME SHIPTORETURNTOCONTACTNAME RECPAYMENTDATE:date PAYMENTPRIORITY "
        f"ONHOLD:bool=false {_HEADER} SPEND_REASON+",
        relations="VENDOR=VENDOR:VENDORID:VENDORID",
        joined_fields=("VENDOR.NAME",),
        writable=True,
        dated=True,
        lines=("APBILLITEMS", "APBILLITEM", "RECORDKEY"),
    ),
    define(
        "APBILLITEM",
        "AP Bill Detail",
        "RECORDNO",
        f"{_LINE} FUNDING:funding+",
        relations="APBILL=APBILL:RECORDKEY:RECORDNO",
    ),
    define(
        "APPYMT",
        "AP Payment",
        "RECORDNO",
        f"VENDORID>VENDOR! PAYMENTREQUESTMETHOD PAYMENTDATE:date! {_PAYMENT}",
        relations="VENDOR=VENDOR:VENDORID:VENDORID",
        writable=True,
        dated=True,
        lines=("APPYMTDETAILS", "APPYMTDETAIL", "PAYMENTKEY"),
    ),
    define("APPYMTDETAIL", "AP Payment Detail", "RECORDNO", _DETAIL),
    define(
        "ARINVOICE",
        "AR Invoice",
        "RECORDNO",
        f"CUSTOMERID>CUSTOMER BILLTOCONTACTNAME SHIPTOCONTACTNAME ONHOLD:bool INVOICENO~ DATEDUE:date~ {_HEADER}",
        relations="CUSTOMER=CUSTOMER:CUSTOMERID:CUSTOMERID",
        joined_fields=("CUSTOMER.NAME",),
        dated=True,
        writable=True,
        lines=("ARINVOICEITEMS", "ARINVOICEITEM", "RECORDKEY"),
    ),
    define("ARINVOICEITEM", "AR Invoice Detail", "RECORDNO", _LINE, relations="ARINVOICE=ARINVOICE:RECORDKEY:RECORDNO"),
    define(
        "ARPYMT",
        "AR Payment",
        "RECORDNO",
        f"CUSTOMERID>CUSTOMER UNDEPOSITEDACCOUNTNO>GLACCOUNT RECEIPTDATE:date! {_PAYMENT}",
        relations="CUSTOMER=CUSTOMER:CUSTOMERID:CUSTOMERID",
        writable=True,
        dated=True,
        lines=("ARPYMTDETAILS", "ARPYMTDETAIL", "PAYMENTKEY"),
    ),
    define("ARPYMTDETAIL", "AR Payment Detail", "RECORDNO", _DETAIL),
    define(
        "EEXPENSES",
        "Employee Expense",
        "RECORDNO",
        f"EMPLOYEEID>EMPLOYEE MEMO {_HEADER}",
        relations="EMPLOYEE=EMPLOYEE:EMPLOYEEID:EMPLOYEEID",
        dated=True,
        writable=True,
        lines=("EEXPENSESITEMS", "EEXPENSESITEM", "RECORDKEY"),
    ),
    define(
        "EEXPENSESITEM",
        "Employee Expense Detail",
        "RECORDNO",
        f"{_LINE} PAIDFOR EXPPMTTYPE QUANTITY:amount RATE:amount",
        relations="EEXPENSES=EEXPENSES:RECORDKEY:RECORDNO",
    ),
    define("EEACCOUNTLABEL", "Expense Type", "ACCOUNTLABEL", "ACCOUNTLABEL! DESCRIPTION! GLACCOUNTNO>GLACCOUNT!"),
    define("APACCOUNTLABEL", "AP Account Label", "ACCOUNTLABEL", "ACCOUNTLABEL! DESCRIPTION! GLACCOUNTNO>GLACCOUNT!"),
    define("APTERM", "AP Term", "NAME", "NAME! DESCRIPTION DUEDATE:int STATUS:status=active"),
    define("ARTERM", "AR Term", "NAME", "NAME! DESCRIPTION DUEDATE:int STATUS:status=active"),
    define(
        "TAXDETAIL",
        "Tax Detail",
        "DETAILID",
        "DETAILID DESCRIPTION TAXTYPE VALUE:amount TAXSOLUTIONID STATUS:status=active",
    ),
    define("TAXSOLUTION", "Tax Solution", "SOLUTIONID", "SOLUTIONID DESCRIPTION TAXMETHOD STATUS:status=active"),
    define(
        "CREDITCARD",
        "Charge Card Account",
        "CARDID",
        "CARDID! DESCRIPTION CARDTYPE LIABILITYTYPE! VENDORID>VENDOR BANKACCOUNTID>CHECKINGACCOUNT "
        "GLACCOUNTNO>GLACCOUNT STATUS:status=active",
        writable=True,
    ),
    define("SUPDOCFOLDER", "Attachment Folder", "SUPDOCFOLDERNAME", "SUPDOCFOLDERNAME! DESCRIPTION PARENTFOLDER"),
    define(
        "SUPDOC",
        "Attachment",
        "SUPDOCID",
        "SUPDOCID SUPDOCNAME FOLDER DESCRIPTION",
        number_prefix="ATT-",
        lines=("ATTACHMENTS", "SUPDOCFILE", "SUPDOCKEY"),
    ),
    define(
        "SUPDOCFILE",
        "Attached File",
        "RECORDNO",
        "SUPDOCKEY:int- ATTACHMENTNAME ATTACHMENTTYPE ATTACHMENTDATA",
    ),
    define(
        "COSTOBJECT",
        "Cost Object",
        "NAME",
        "NAME! DESCRIPTION",
        writable=True,
        aliases=MappingProxyType({"ID": "RECORDNO"}),
    ),
)
