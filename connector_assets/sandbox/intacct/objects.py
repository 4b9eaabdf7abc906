"""The objects of the simulated company, as data: fields, kinds, relations (fact sheet sections 6 and 7).

Fields are written as words: `NAME` is text; `:int :amount :date :time :bool :flag` and the picklists of PICKLISTS give
another kind; `!` required on create, `-` read only, `~` not served by `query`, `+` custom, `>OBJECT` holds the key of
that object.
Relations are written `NAME=OBJECT:OWNFIELD:THEIRFIELD`; a trailing `~` keeps one out of `query`.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from connector_assets.sandbox.intacct.schema import NO_CODES, Field, Kind, ObjectType, Relation

PICKLISTS: Mapping[str, Mapping[str, str]] = {
    "status": {"active": "T", "inactive": "F"},
    "batchstate": {
        "Draft": "I",
        "Submitted": "S",
        "Partially Approved": "X",
        "Approved": "A",
        "Posted": "P",
        "Declined": "R",
        "Reversal Pending": "L",
        "Reversed": "Z",
    },
    "accounttype": {"balancesheet": "N", "incomestatement": "Y"},
    "normalbalance": {"debit": "1", "credit": "-1"},
    "closingtype": {"non-closing account": "N", "closing account": "C", "closed to account": "T"},
    "termination": {"voluntary": "V", "involuntary": "I", "deceased": "D", "disability": "B", "retired": "R"},
    "gender": {"male": "M", "female": "F"},
    "billstate": {
        "Draft": "D",
        "Partially Approved": "PA",
        "Submitted": "S",
        "Declined": "U",
        "Posted": "A",
        "Partially Paid": "P",
        "Paid": "C",
        "Reversed": "V",
    },
    "paymentstate": {"Complete": "C", "Draft": "D", "Approved": "A", "Submitted": "S", "Voided": "V"},
    "funding": {"Operating": "O", "Capital": "C", "Grant": "G"},
    "usertype": {"business user": "B", "employee user": "E", "viewonly user": "V"},
    "timestate": {"Draft": "D", "Submitted": "S", "Approved": "A", "Declined": "R", "Partially Approved": "PA"},
}
_KINDS = {
    "int": Kind.INTEGER,
    "amount": Kind.DECIMAL,
    "date": Kind.DATE,
    "time": Kind.TIMESTAMP,
    "bool": Kind.BOOLEAN,
    "flag": Kind.FLAG,
}
_WORD = re.compile(
    r"(?P<name>[A-Z0-9_.]+)(?::(?P<kind>\w+))?(?:>(?P<reference>\w+))?(?P<marks>[!~+-]*)(?:=(?P<default>\S+))?"
)
_RELATION = re.compile(r"(\w+)=(\w+):([\w.]+):(\w+)(~?)")
_AUDIT = "WHENCREATED:time- WHENMODIFIED:time- CREATEDBY:int- MODIFIEDBY:int-"
_OWNER = "MEGAENTITYKEY:int- MEGAENTITYID- MEGAENTITYNAME-"
_REQUIRE = " ".join(
    f"REQUIRE{name}:bool=false"
    for name in (
        *("DEPT", "LOC", "PROJECT", "TASK", "CUSTOMER", "VENDOR", "EMPLOYEE", "ITEM", "CLASS", "CONTRACT", "WAREHOUSE"),
        "GLDIMCOSTOBJECT",
    )
)


def parse_fields(words: str) -> tuple[Field, ...]:
    """The fields that the words describe (see the module)."""
    return tuple(_field(word) for word in words.split())


def _field(word: str) -> Field:
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is no field description")
    kind, marks = match["kind"] or "", match["marks"]
    codes = PICKLISTS.get(kind, NO_CODES)
    return Field(
        match["name"],
        _KINDS.get(kind, Kind.PICKLIST if codes else Kind.TEXT),
        required="!" in marks,
        read_only="-" in marks,
        queryable="~" not in marks,
        custom="+" in marks,
        codes=codes,
        reference=match["reference"] or "",
        default=match["default"] or "",
    )


def parse_relations(words: str) -> tuple[Relation, ...]:
    """The relations that the words describe (see the module)."""
    found = [_RELATION.fullmatch(word) for word in words.split()]
    return tuple(Relation(m[1], m[2], m[3], m[4], queryable=not m[5]) for m in found if m is not None)


def define(
    name: str,
    label: str,
    key_field: str,
    words: str,
    *,
    relations: str = "",
    writable: bool = False,
    parent_field: str = "",
    number_prefix: str = "",
    joined_fields: Sequence[str] = (),
    view_sql: str = "",
    lines: tuple[str, str, str] = ("", "", ""),
    aliases: Mapping[str, str] = NO_CODES,
    dated: bool = False,
) -> ObjectType:
    """An object type from words; RECORDNO, the audit fields and the owning entity are added to a stored one.

    The WHENCREATED of a `dated` object is the transaction's own date; its audit time is AUWHENCREATED.
    """
    audit = _AUDIT.replace("WHENCREATED", "AUWHENCREATED") if dated else _AUDIT
    added = "" if view_sql else f" {audit} {_OWNER}"
    return ObjectType(
        name,
        label,
        key_field,
        parse_fields(f"RECORDNO:int- {words}{added}"),
        parse_relations(relations),
        joined_fields=tuple(joined_fields),
        view_sql=view_sql,
        writable=writable,
        owned_by_entity=not view_sql,
        lines_field=lines[0],
        lines_object=lines[1],
        lines_key=lines[2],
        parent_field=parent_field,
        number_prefix=number_prefix,
        reply_fields=("RECORDNO",) if key_field == "RECORDNO" else ("RECORDNO", key_field),
        aliases=aliases,
    )


_CONTACT_PARTS = (
    "COMPANYNAME PREFIX FIRSTNAME LASTNAME INITIAL PHONE1 PHONE2 CELLPHONE PAGER FAX EMAIL1 EMAIL2 URL1 URL2 "
    "TAXABLE:bool TAXGROUP TAXID "
    "MAILADDRESS.ADDRESS1 MAILADDRESS.ADDRESS2 MAILADDRESS.CITY MAILADDRESS.STATE MAILADDRESS.ZIP "
    "MAILADDRESS.COUNTRY MAILADDRESS.COUNTRYCODE MAILADDRESS.ISOCOUNTRYCODE"
)
_DISPLAY_CONTACT = " ".join(f"DISPLAYCONTACT.{word}~" for word in f"CONTACTNAME PRINTAS {_CONTACT_PARTS}".split())
_FORM_1099 = "NAME1099 FORM1099TYPE FORM1099BOX"
_ACH = "ACHENABLED:bool ACHBANKROUTINGNUMBER ACHACCOUNTNUMBER ACHACCOUNTTYPE ACHREMITTANCETYPE"
_TRADER = (
    "HIDEDISPLAYCONTACT:bool GLGROUP SUPDOCID>SUPDOC CREDITLIMIT:amount ONHOLD:bool=false COMMENTS OBJECTRESTRICTION "
    "RESTRICTEDLOCATIONS RESTRICTEDDEPARTMENTS CONTACTINFO.CONTACTNAME>CONTACT~"
)
LINE_DIMENSIONS = (
    "LOCATION>LOCATION DEPARTMENT>DEPARTMENT PROJECTID>PROJECT TASKID CUSTOMERID>CUSTOMER VENDORID>VENDOR "
    "EMPLOYEEID>EMPLOYEE ITEMID CLASSID>CLASS CONTRACTID WAREHOUSEID"
)
_LINE_RELATIONS = (
    "GLBATCH=GLBATCH:BATCHNO:RECORDNO GLACCOUNT=GLACCOUNT:ACCOUNTNO:ACCOUNTNO LOCATION=LOCATION:LOCATION:LOCATIONID "
    "DEPARTMENT=DEPARTMENT:DEPARTMENT:DEPARTMENTID PROJECT=PROJECT:PROJECTID:PROJECTID CLASS=CLASS:CLASSID:CLASSID "
    "EMPLOYEE=EMPLOYEE:EMPLOYEEID:EMPLOYEEID"
)
_GLDETAIL_SQL = """
SELECT e."RECORDNO" AS "RECORDNO", e."RECORDNO" AS "GLENTRYKEY", b."RECORDNO" AS "BATCHKEY", b."BATCHNO" AS "BATCH_NO",
  b."JOURNAL" AS "SYMBOL", b."BATCH_DATE" AS "BATCH_DATE", b."BATCH_TITLE" AS "BATCH_TITLE",
  b."REFERENCENO" AS "REFERENCENO", e."ENTRY_DATE" AS "ENTRY_DATE", b."MODULE" AS "MODULEKEY",
  CASE WHEN e."STATISTICAL" THEN 'STATISTICAL' ELSE 'ACCRUAL' END AS "BOOKID", e."ACCOUNTNO" AS "ACCOUNTNO",
  e."ACCOUNTTITLE" AS "ACCOUNTTITLE", e."STATISTICAL" AS "STATISTICAL", e."TR_TYPE" AS "TR_TYPE",
  CASE WHEN e."TR_TYPE" = 1 THEN e."AMOUNT" ELSE 0 END AS "DEBITAMOUNT",
  CASE WHEN e."TR_TYPE" = -1 THEN e."AMOUNT" ELSE 0 END AS "CREDITAMOUNT",
  e."TR_TYPE" * e."AMOUNT" AS "AMOUNT",
  CASE WHEN e."TR_TYPE" = 1 THEN e."TRX_AMOUNT" ELSE 0 END AS "TRX_DEBITAMOUNT",
  CASE WHEN e."TR_TYPE" = -1 THEN e."TRX_AMOUNT" ELSE 0 END AS "TRX_CREDITAMOUNT",
  e."CURRENCY" AS "CURRENCY", e."LOCATION" AS "LOCATIONID", e."LOCATIONNAME" AS "LOCATIONNAME",
  e."DEPARTMENT" AS "DEPARTMENTID", e."DEPARTMENTTITLE" AS "DEPARTMENTTITLE", e."PROJECTID" AS "PROJECTID",
  e."CUSTOMERID" AS "CUSTOMERID", e."VENDORID" AS "VENDORID", e."EMPLOYEEID" AS "EMPLOYEEID", e."CLASSID" AS "CLASSID",
  e."DOCUMENT" AS "DOCUMENT", e."DESCRIPTION" AS "DESCRIPTION", b."BATCH_DATE" || ' 00:00:00' AS "WHENCREATED",
  e."WHENCREATED" AS "AUWHENCREATED", e."WHENMODIFIED" AS "WHENMODIFIED", b."MEGAENTITYKEY" AS "MEGAENTITYKEY",
  b."MEGAENTITYID" AS "MEGAENTITYID", b."MEGAENTITYNAME" AS "MEGAENTITYNAME"
FROM intacct_glentry e JOIN intacct_glbatch b ON b."RECORDNO" = e."BATCHNO" WHERE b."STATE" = 'Posted'
"""
_ENTITY_SQL = """
SELECT "RECORDNO", "LOCATIONID", "NAME", COALESCE("CURRENCY", 'USD') AS "CURRENCY", 'January' AS "FIRSTMONTH",
  'January' AS "FIRSTTAXMONTH",
  'Monday' AS "WEEKSTART", "STATUS", 1 AS "HAS_IE_RELATION", "STARTDATE", "ENDDATE", "WHENCREATED", "WHENMODIFIED"
FROM intacct_location WHERE "ENTITY" = "LOCATIONID"
"""

MASTER_DATA = (
    define(
        "GLACCOUNT",
        "GL Account",
        "ACCOUNTNO",
        "ACCOUNTNO! TITLE! CATEGORY ACCOUNTTYPE:accounttype=balancesheet NORMALBALANCE:normalbalance! "
        "CLOSINGTYPE:closingtype! CLOSINGACCOUNTNO ALTERNATIVEACCOUNT STATUS:status=active TAXABLE:bool=false "
        f"SUBLEDGERCONTROLON:bool- TAXCODE MRCCODE {_REQUIRE}",
        writable=True,
    ),
    define(
        "STATACCOUNT",
        "Statistical Account",
        "ACCOUNTNO",
        f"ACCOUNTNO! TITLE! CATEGORY ACCOUNTTYPE STATUS:status=active {_REQUIRE}",
        writable=True,
    ),
    define("JOURNAL", "Journal", "SYMBOL", "SYMBOL! TITLE! STATUS:status=active ADJ:flag=false BILLABLE:bool=false"),
    define("STATJOURNAL", "Statistical Journal", "SYMBOL", "SYMBOL! TITLE! STATUS:status=active ADJ:flag=false"),
    define(
        "LOCATION",
        "Location",
        "LOCATIONID",
        "LOCATIONID! NAME! PARENTID>LOCATION SUPERVISORID>EMPLOYEE CONTACTINFO.CONTACTNAME>CONTACT~ "
        "SHIPTO.CONTACTNAME>CONTACT~ STARTDATE:date ENDDATE:date CUSTTITLE STATUS:status=active ENTITY- "
        "ENTITYRECORDNO:int- CURRENCY",
        relations="PARENT=LOCATION:PARENTID:LOCATIONID",
        writable=True,
        parent_field="PARENTID",
    ),
    define(
        "LOCATIONENTITY",
        "Entity",
        "LOCATIONID",
        "LOCATIONID NAME CURRENCY FIRSTMONTH FIRSTTAXMONTH WEEKSTART STATUS:status HAS_IE_RELATION:bool STARTDATE:date "
        "ENDDATE:date WHENCREATED:time WHENMODIFIED:time",
        view_sql=_ENTITY_SQL,
    ),
    define(
        "DEPARTMENT",
        "Department",
        "DEPARTMENTID",
        "DEPARTMENTID! TITLE! PARENTID>DEPARTMENT SUPERVISORID>EMPLOYEE CUSTTITLE STATUS:status=active",
        relations="PARENT=DEPARTMENT:PARENTID:DEPARTMENTID",
        writable=True,
        parent_field="PARENTID",
    ),
    define(
        "CLASS",
        "Class",
        "CLASSID",
        "CLASSID! NAME! DESCRIPTION PARENTID>CLASS STATUS:status=active",
        relations="PARENT=CLASS:PARENTID:CLASSID",
        writable=True,
        parent_field="PARENTID",
    ),
    define(
        "PROJECT",
        "Project",
        "PROJECTID",
        "PROJECTID! NAME! PROJECTCATEGORY! DESCRIPTION PARENTID>PROJECT PROJECTTYPE PROJECTSTATUS STATUS:status=active "
        "CUSTOMERID>CUSTOMER MANAGERID>EMPLOYEE BEGINDATE:date ENDDATE:date DEPARTMENTID>DEPARTMENT "
        "LOCATIONID>LOCATION CLASSID>CLASS CURRENCY BILLINGTYPE TERMNAME BUDGETAMOUNT:amount "
        "CONTRACTAMOUNT:amount PONUMBER INVOICEWITHPARENT:bool CUSTUSERID SALESCONTACTID DOCNUMBER USERRESTRICTIONS "
        "SUPDOCID>SUPDOC BILLABLEEXPDEFAULT:bool BILLABLEAPPODEFAULT:bool SONUMBER POAMOUNT:amount PQNUMBER "
        "BILLINGPRICING BILLINGRATE EXPENSEPRICING EXPENSERATE POAPPRICING POAPRATE BUDGETEDCOST:amount "
        "BUDGETQTY:amount BUDGETID INVOICEMESSAGE INVOICECURRENCY PROJECT_RULES.RULENAME~ "
        "CONTACTINFO.CONTACTNAME>CONTACT~ BILLTO.CONTACTNAME>CONTACT~ SHIPTO.CONTACTNAME>CONTACT~",
        relations="PARENT=PROJECT:PARENTID:PROJECTID CUSTOMER=CUSTOMER:CUSTOMERID:CUSTOMERID "
        "DEPARTMENT=DEPARTMENT:DEPARTMENTID:DEPARTMENTID LOCATION=LOCATION:LOCATIONID:LOCATIONID",
        writable=True,
        parent_field="PARENTID",
    ),
    define(
        "CUSTOMER",
        "Customer",
        "CUSTOMERID",
        "CUSTOMERID NAME! PARENTID>CUSTOMER CUSTTYPE TERMNAME CURRENCY STATUS:status=active TAXID ONETIME:bool=false "
        "CUSTREPID TERRITORYID OFFSETGLACCOUNTNO ARACCOUNT SHIPPINGMETHOD RESALENO DELIVERYOPTIONS CUSTMESSAGEID "
        "ARINVOICEPRINTTEMPLATEID OEQUOTEPRINTTEMPLATEID OEORDERPRINTTEMPLATEID OELISTPRINTTEMPLATEID "
        f"OEINVOICEPRINTTEMPLATEID OEADJPRINTTEMPLATEID OEOTHERPRINTTEMPLATEID {_TRADER} {_DISPLAY_CONTACT} "
        "BILLTO.CONTACTNAME>CONTACT~ SHIPTO.CONTACTNAME>CONTACT~",
        relations="PARENT=CUSTOMER:PARENTID:CUSTOMERID",
        writable=True,
        parent_field="PARENTID",
        number_prefix="C-",
    ),
    define(
        "VENDOR",
        "Vendor",
        "VENDORID",
        "VENDORID NAME! PARENTID>VENDOR VENDTYPE TAXID TERMNAME CURRENCY PAYMENTPRIORITY "
        "ONETIME:bool=false ISINDIVIDUAL:bool=false STATUS:status=active TOTALDUE:amount- APACCOUNT OFFSETGLACCOUNT "
        "DONOTCUTCHECK:bool PAYMETHODKEY MERGEPAYMENTREQ:bool PAYMENTNOTIFY:bool BILLINGTYPE DISPLAYTERMDISCOUNT:bool "
        f"VENDORACCOUNTNO DISPLAYACCTNOCHECK:bool {_FORM_1099} {_ACH} {_TRADER} {_DISPLAY_CONTACT} "
        "PAYTO.CONTACTNAME>CONTACT~ RETURNTO.CONTACTNAME>CONTACT~",
        relations="PARENT=VENDOR:PARENTID:VENDORID",
        writable=True,
        parent_field="PARENTID",
        number_prefix="V-",
    ),
    define(
        "CONTACT",
        "Contact",
        "CONTACTNAME",
        f"CONTACTNAME! PRINTAS! {_CONTACT_PARTS} TAXSCHEDULE TAXSOLUTIONID STATUS:status=active",
        writable=True,
    ),
    define("EMPLOYEETYPE", "Employee Type", "NAME", "NAME! PARENTNAME STATUS:status=active"),
    define(
        "EMPLOYEE",
        "Employee",
        "EMPLOYEEID",
        "EMPLOYEEID! PERSONALINFO.CONTACTNAME>CONTACT~ STARTDATE:date TITLE SSN EMPLOYEETYPE>EMPLOYEETYPE "
        "STATUS:status=active BIRTHDATE:date ENDDATE:date TERMINATIONTYPE:termination SUPERVISORID>EMPLOYEE "
        "GENDER:gender DEPARTMENTID>DEPARTMENT LOCATIONID>LOCATION CLASSID>CLASS EMPPOSITIONID CURRENCY "
        "EARNINGTYPENAME POSTACTUALCOST:bool SUPDOCFOLDERNAME PAYMETHODKEY MERGEPAYMENTREQ:bool PAYMENTNOTIFY:bool "
        f"{_FORM_1099} {_ACH}",
        relations="CONTACT=CONTACT:PERSONALINFO.CONTACTNAME:CONTACTNAME "
        "PERSONALINFO=CONTACT:PERSONALINFO.CONTACTNAME:CONTACTNAME~ DEPARTMENT=DEPARTMENT:DEPARTMENTID:DEPARTMENTID "
        "LOCATION=LOCATION:LOCATIONID:LOCATIONID CLASS=CLASS:CLASSID:CLASSID "
        "SUPERVISOR=EMPLOYEE:SUPERVISORID:EMPLOYEEID",
        writable=True,
        parent_field="SUPERVISORID",
        joined_fields=tuple(f"PERSONALINFO.{name}" for name in ("PRINTAS", "FIRSTNAME", "LASTNAME", "EMAIL1")),
    ),
    define(
        "REPORTINGPERIOD",
        "Reporting Period",
        "NAME",
        "NAME! HEADER1! HEADER2 START_DATE:date! END_DATE:date! BUDGETING:bool=false STATUS:status=active",
        writable=True,
    ),
    define(
        "CHECKINGACCOUNT",
        "Checking Account",
        "BANKACCOUNTID",
        "BANKACCOUNTID BANKNAME GLACCOUNTNO DISBJOURNAL LOCATIONID>LOCATION CURRENCY STATUS:status=active",
    ),
    define(
        "USERINFO",
        "User",
        "LOGINID",
        "LOGINID! DESCRIPTION USERTYPE:usertype! STATUS:status=active LOGINDISABLED:bool SSO_ENABLED:bool "
        "SSO_FEDERATED_ID CONTACTINFO.LASTNAME~ CONTACTINFO.FIRSTNAME~ CONTACTINFO.EMAIL1~ CONTACTINFO.CONTACTNAME~ "
        "USERLOCATIONS.LOCATIONID>LOCATION~ USERDEPARTMENTS.DEPARTMENTID>DEPARTMENT~",
        writable=True,
    ),
)

GENERAL_LEDGER = (
    define(
        "GLBATCH",
        "GLBatch",
        "RECORDNO",
        "BATCHNO:int- BATCH_TITLE! BALANCE:amount- JOURNAL! JOURNALKEY:int- JOURNAL_BILLABLE:bool- ADJ:flag- "
        "BATCH_DATE:date! MODULE- CHILDENTITY- USERKEY:int- REFERENCENO REVERSED:date- REVERSEDKEY:int- "
        "REVERSEDFROM:int- TEMPLATEKEY:int- PRBATCHKEY:int- PRBATCHRECTYPE- MODIFIED:time- MODIFIEDBYID- SCHOPKEY:int- "
        "RRSENTRYKEY:int- RRSKEY:int- CONTRACTSCHEDULEENTRYKEY:int- CONTRACTSCHEDULEKEY:int- "
        "GLACCTALLOCATIONRUNKEY:int- BASELOCATION:int- BASELOCATION_NO>LOCATION BASELOCATION_NAME- LOCATIONKEY:int- "
        "STATE:batchstate JOURNALSEQNO- SUPDOCID HISTORY_COMMENT REVERSEDATE:date TRANSACTIONSOURCE TAXIMPLICATIONS "
        "VATVENDORID VATCUSTOMERID VATCONTACTID TAXSOLUTIONID PX_RUN_ID PX_SOURCE_HASH PX_MAP_VERSION",
        relations="USERINFO=USERINFO:USERKEY:RECORDNO BASELOCATION=LOCATION:BASELOCATION:RECORDNO",
        writable=True,
        joined_fields=("USERINFO.LOGINID",),
        lines=("ENTRIES", "GLENTRY", "BATCHNO"),
        aliases=MappingProxyType({"JOURNAL.SYMBOL": "JOURNAL"}),
    ),
    define(
        "GLENTRY",
        "GL Entry",
        "RECORDNO",
        "BATCHNO:int- USERNO:int- LINE_NO:int- TR_TYPE:int! ENTRY_DATE:date- AMOUNT:amount TRX_AMOUNT:amount "
        "BATCH_NUMBER:int- BATCH_DATE:date- BATCHTITLE- ACCOUNTKEY:int- ACCOUNTNO>GLACCOUNT! ACCOUNTTITLE- "
        f"STATISTICAL:flag- DOCUMENT DESCRIPTION {LINE_DIMENSIONS} LOCATIONKEY:int- LOCATIONNAME- "
        "DEPARTMENTKEY:int- DEPARTMENTTITLE- PROJECTNAME- CLASSNAME- EMPLOYEENAME- "
        "CURRENCY BASECURR- EXCH_RATE_DATE:date EXCH_RATE_TYPE_ID "
        "EXCHANGE_RATE:amount ALLOCATION COSTTYPEID BILLABLE:bool STATE- GLDIMCOSTOBJECT:int",
        relations=_LINE_RELATIONS,
    ),
    define(
        "GLDETAIL",
        "General Ledger Detail",
        "RECORDNO",
        "GLENTRYKEY:int BATCHKEY:int BATCH_NO:int SYMBOL BATCH_DATE:date BATCH_TITLE REFERENCENO ENTRY_DATE:date "
        "BOOKID MODULEKEY ACCOUNTNO ACCOUNTTITLE STATISTICAL:flag TR_TYPE:int DEBITAMOUNT:amount CREDITAMOUNT:amount "
        "AMOUNT:amount TRX_DEBITAMOUNT:amount TRX_CREDITAMOUNT:amount CURRENCY LOCATIONID LOCATIONNAME DEPARTMENTID "
        "DEPARTMENTTITLE PROJECTID CUSTOMERID VENDORID EMPLOYEEID CLASSID DOCUMENT DESCRIPTION WHENCREATED:time "
        "AUWHENCREATED:time WHENMODIFIED:time MEGAENTITYKEY:int MEGAENTITYID MEGAENTITYNAME",
        view_sql=_GLDETAIL_SQL,
    ),
    define(
        "INTERENTITYSETUP",
        "Inter-entity setup",
        "RECORDNO",
        "CONFIGURATIONTYPE STATUS:status=active",
        lines=("ENTITYACCTDEFAULTS", "ENTITYACCTDEFAULT", "SETUPKEY"),
    ),
    define(
        "ENTITYACCTDEFAULT",
        "Inter-entity account default",
        "ENTITYID",
        "SETUPKEY:int- ENTITYID! IEPAYABLEACCTNO! IERECEIVABLEACCTNO!",
    ),
    define(
        "AUDITHISTORY", "Audit History", "RECORDNO", "OBJECTTYPE OBJECTKEY ACCESSMODE ACCESSTIME:time USERID SOURCE"
    ),
    define("CLOSEBOOKS", "Close book log", "RECORDNO", "PERIOD_START:date PERIOD_END:date ENTITYID"),
    define("OPENBOOKS", "Open book log", "RECORDNO", "PERIOD_START:date PERIOD_END:date ENTITYID"),
)
