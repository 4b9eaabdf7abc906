"""What can be written into Intacct, as data: one table per kind of record, in the order of its elements.

A table's order is the order on the wire, on which the functions of one object each (`create_…`) insist. A field is
written `name=PATH:kind@READ*!`: our name; its path of elements; how its value is written (text if nothing is said);
what it is called when read back (the path in capitals if nothing is said); `*` where Intacct cannot do without it; `!`
where it is part of the books, and so of a document's digest.

    text      text                          status   a truth value: active or inactive
    date      a date                        flag     a truth value: true or false
    cents     an amount, integer cents      e4       a quantity, integer ten-thousandths
    side      a signed amount in cents, written as TR_TYPE (1 debit, -1 credit) and an absolute TRX_AMOUNT
    side_e4   the same in ten-thousandths: what a statistical account counts
    file      bytes                         custom   a mapping: custom fields, user-defined dimensions (GLDIM…)
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a value is written; the module's docstring says what each means."""

    TEXT = "text"
    DATE = "date"
    STATUS = "status"
    FLAG = "flag"
    CENTS = "cents"
    SIDE = "side"
    SIDE_E4 = "side_e4"
    E4 = "e4"
    FILE = "file"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Field:
    """One value of a record; `path` may name an element inside an element (`PERSONALINFO/CONTACTNAME`)."""

    name: str
    path: str
    kind: Kind
    read_name: str
    is_required: bool
    is_booked: bool


@dataclass(frozen=True)
class Items:
    """Lines that a record owns: `element`s in `container` (none: among its own elements), at least `least` of them.

    `read_container` is what holds them when the record is read, by default `container` in capitals.
    """

    name: str
    container: str
    element: str
    fields: "tuple[Field | Items, ...]"
    least: int = 0
    read_container: str = ""


@dataclass(frozen=True)
class Table:
    """How records of `object_name` are created: by `function`, from `fields`.

    `identity` are the fields by which a document is found again; the first of them is its reference. What `is_listed`
    is read by the legacy `get_list` only.
    """

    object_name: str
    fields: tuple[Field | Items, ...]
    function: str = "create"
    identity: tuple[str, ...] = ()
    is_listed: bool = False

    @property
    def is_legacy(self) -> bool:
        """Whether it has a function of its own, with dates in parts and custom fields in a list."""
        return self.function != "create"

    @property
    def items(self) -> Items | None:
        """The document's lines; None for a record without any."""
        return next((item for item in self.fields if isinstance(item, Items)), None)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        return next(item for item in self.fields if isinstance(item, Field) and item.name == name)


def _fields(words: str) -> tuple[Field, ...]:
    return tuple(_field(word) for word in words.split())


def _field(word: str) -> Field:
    bare = word.rstrip("*!")
    name, _, rest = bare.partition("=")
    rest, _, read_name = rest.partition("@")
    path, _, said = rest.partition(":")
    marks = word[len(bare) :]
    return Field(
        name, path, Kind(said or "text"), read_name or path.rpartition("/")[2].upper(), "*" in marks, "!" in marks
    )


def _master(object_name: str, words: str) -> Table:
    return Table(object_name, _fields(f"{words} is_active=STATUS:status custom=:custom"))


MASTER_DATA: dict[str, Table] = {
    table.object_name: table
    for table in (
        _master("DEPARTMENT", "department_id=DEPARTMENTID* title=TITLE* parent_id=PARENTID supervisor_id=SUPERVISORID"),
        _master(
            "LOCATION",
            "location_id=LOCATIONID* name=NAME* parent_id=PARENTID supervisor_id=SUPERVISORID"
            " start_date=STARTDATE:date end_date=ENDDATE:date",
        ),
        _master("CLASS", "class_id=CLASSID* name=NAME* description=DESCRIPTION parent_id=PARENTID"),
        _master(
            "PROJECT",
            "project_id=PROJECTID* name=NAME* category=PROJECTCATEGORY* description=DESCRIPTION parent_id=PARENTID"
            " project_type=PROJECTTYPE project_status=PROJECTSTATUS customer_id=CUSTOMERID manager_id=MANAGERID"
            " begin_date=BEGINDATE:date end_date=ENDDATE:date department_id=DEPARTMENTID location_id=LOCATIONID"
            " class_id=CLASSID currency=CURRENCY",
        ),
        _master(
            "CONTACT",
            "contact_name=CONTACTNAME* print_as=PRINTAS* company_name=COMPANYNAME first_name=FIRSTNAME"
            " last_name=LASTNAME email=EMAIL1 phone=PHONE1",
        ),
        _master(
            "EMPLOYEE",
            "employee_id=EMPLOYEEID* contact_name=PERSONALINFO/CONTACTNAME* start_date=STARTDATE:date"
            " end_date=ENDDATE:date title=TITLE employee_type=EMPLOYEETYPE termination_type=TERMINATIONTYPE"
            " supervisor_id=SUPERVISORID department_id=DEPARTMENTID location_id=LOCATIONID* class_id=CLASSID",
        ),
        _master(
            "VENDOR",
            "vendor_id=VENDORID* name=NAME* print_as=DISPLAYCONTACT/PRINTAS* company_name=DISPLAYCONTACT/COMPANYNAME"
            " email=DISPLAYCONTACT/EMAIL1 vendor_type=VENDTYPE parent_id=PARENTID tax_id=TAXID terms=TERMNAME"
            " currency=CURRENCY is_on_hold=ONHOLD:flag comments=COMMENTS",
        ),
        _master(
            "CUSTOMER",
            "customer_id=CUSTOMERID* name=NAME* print_as=DISPLAYCONTACT/PRINTAS*"
            " company_name=DISPLAYCONTACT/COMPANYNAME email=DISPLAYCONTACT/EMAIL1 customer_type=CUSTTYPE"
            " parent_id=PARENTID tax_id=TAXID terms=TERMNAME currency=CURRENCY comments=COMMENTS",
        ),
    )
}
"""Records, by object. The first field is the business key. EMPLOYEE asks for a location because Intacct does at the top
level of a multi-entity company, and takes it everywhere."""

_DIMENSIONS = (
    "project_id=PROJECTID! task_id=TASKID! cost_type_id=COSTTYPEID! customer_id=CUSTOMERID! vendor_id=VENDORID!"
    " employee_id=EMPLOYEEID! item_id=ITEMID! class_id=CLASSID! contract_id=CONTRACTID! warehouse_id=WAREHOUSEID!"
)
_LEGACY_DIMENSIONS = (
    "project_id=projectid! customer_id=customerid! vendor_id=vendorid! employee_id=employeeid! item_id=itemid!"
    " class_id=classid! contract_id=contractid! warehouse_id=warehouseid!"
)
_TAXES = Items("taxes", "TAXENTRIES", "TAXENTRY", _fields("tax_detail_id=DETAILID* tax_cents=TRX_TAX:cents"), least=0)
_LEGACY_TAXES = Items("taxes", "taxentries", "taxentry", _fields("tax_detail_id=detailid* tax_cents=trx_tax:cents"))
_SPLITS = Items(
    "splits",
    "",
    "SPLIT",
    _fields(f"amount_cents=AMOUNT:cents* location_id=LOCATIONID department_id=DEPARTMENTID {_DIMENSIONS}"),
)
_ENTRY_HEAD = "document_no=DOCUMENT account_no=ACCOUNTNO*!"
_ENTRY_MONEY = (
    "amount_cents=TRX_AMOUNT:side*! currency=CURRENCY! exchange_rate_date=EXCH_RATE_DATE:date"
    " exchange_rate_type=EXCH_RATE_TYPE_ID exchange_rate=EXCHANGE_RATE allocation_id=ALLOCATION"
)
_ENTRY_TAIL = f"location_id=LOCATION! department_id=DEPARTMENT! {_DIMENSIONS} memo=DESCRIPTION"
ENTRY_FIELDS = _fields(f"{_ENTRY_HEAD} {_ENTRY_MONEY} {_ENTRY_TAIL} is_billable=BILLABLE:flag custom=:custom")
"""A line of a journal. Its location and department have no ID suffix, unlike everywhere else."""

_BATCH_HEAD = (
    "journal_symbol=JOURNAL*! entry_date=BATCH_DATE:date*! reverse_date=REVERSEDATE:date title=BATCH_TITLE*"
    " comment=HISTORY_COMMENT reference=REFERENCENO*"
)
_BATCH_TAIL = "attachment_id=SUPDOCID state=STATE custom=:custom"

DOCUMENTS: dict[str, Table] = {
    "journal": Table(
        "GLBATCH",
        (
            *_fields(f"{_BATCH_HEAD} base_location_id=BASELOCATION_NO {_BATCH_TAIL}"),
            Items("lines", "ENTRIES", "GLENTRY", (*ENTRY_FIELDS, _SPLITS, _TAXES), least=2),
        ),
        identity=("reference",),
    ),
    "statistical_journal": Table(
        "GLBATCH",
        (
            *_fields(f"{_BATCH_HEAD} {_BATCH_TAIL}"),
            Items(
                "lines",
                "ENTRIES",
                "GLENTRY",
                (*_fields(f"{_ENTRY_HEAD} quantity_e4=TRX_AMOUNT:side_e4*! {_ENTRY_TAIL} custom=:custom"), _SPLITS),
                least=1,
            ),
        ),
        identity=("reference",),
    ),
    "bill": Table(
        "APBILL",
        (
            *_fields(
                "bill_date=WHENCREATED:date*! posting_date=WHENPOSTED:date vendor_id=VENDORID*! bill_no=RECORDID*!"
                " reference_no=DOCNUMBER description=DESCRIPTION terms=TERMNAME due_date=WHENDUE:date*"
                " attachment_id=SUPDOCID currency=CURRENCY! base_currency=BASECURR"
                " exchange_rate_date=EXCH_RATE_DATE:date exchange_rate_type=EXCH_RATE_TYPE_ID"
                " exchange_rate=EXCHANGE_RATE is_tax_inclusive=INCLUSIVETAX:flag"
                " action=ACTION tax_solution_id=TAXSOLUTIONID custom=:custom"
            ),
            Items(
                "lines",
                "APBILLITEMS",
                "APBILLITEM",
                (
                    *_fields(
                        "account_no=ACCOUNTNO! account_label=ACCOUNTLABEL! offset_account_no=OFFSETGLACCOUNTNO"
                        " amount_cents=TRX_AMOUNT:cents! gross_amount_cents=TOTALTRXAMOUNT:cents memo=ENTRYDESCRIPTION"
                        f" is_billable=BILLABLE:flag allocation_id=ALLOCATION location_id=LOCATIONID!"
                        f" department_id=DEPARTMENTID! {_DIMENSIONS} custom=:custom"
                    ),
                    _TAXES,
                ),
                least=1,
            ),
        ),
        identity=("bill_no", "vendor_id"),
    ),
    "bill_payment": Table(
        "APPYMT",
        (
            *_fields(
                "bank_account_id=FINANCIALENTITY! payment_method=PAYMENTMETHOD request_method=PAYMENTREQUESTMETHOD"
                " vendor_id=VENDORID*! payment_no=DOCNUMBER*! description=DESCRIPTION"
                " payment_date=PAYMENTDATE:date@WHENCREATED*! currency=CURRENCY*! base_currency=BASECURR action=ACTION"
            ),
            Items(
                "lines",
                "APPYMTDETAILS",
                "APPYMTDETAIL",
                _fields("bill_key=RECORDKEY*! bill_line_key=ENTRYKEY amount_cents=TRX_PAYMENTAMOUNT:cents*!"),
                least=1,
            ),
        ),
        identity=("payment_no", "vendor_id"),
    ),
    "receipt": Table(
        "ARPYMT",
        (
            *_fields(
                "bank_account_id=FINANCIALENTITY! payment_method=PAYMENTMETHOD* customer_id=CUSTOMERID*!"
                " receipt_no=DOCNUMBER*! description=DESCRIPTION receipt_date=RECEIPTDATE:date*! currency=CURRENCY*!"
                " undeposited_account_no=UNDEPOSITEDACCOUNTNO action=ACTION"
            ),
            Items(
                "lines",
                "ARPYMTDETAILS",
                "ARPYMTDETAIL",
                _fields("invoice_key=RECORDKEY*! invoice_line_key=ENTRYKEY amount_cents=TRX_PAYMENTAMOUNT:cents*!"),
                least=1,
            ),
        ),
        identity=("receipt_no", "customer_id"),
    ),
    "invoice": Table(
        "ARINVOICE",
        (
            *_fields(
                "customer_id=customerid*! invoice_date=datecreated:date@WHENCREATED*!"
                " posting_date=dateposted:date@WHENPOSTED due_date=datedue:date@WHENDUE terms=termname action=action"
                " invoice_no=invoiceno@RECORDID*! reference_no=ponumber@DOCNUMBER description=description"
                " external_id=externalid base_currency=basecurr currency=currency!"
                " exchange_rate_date=exchratedate:date@EXCH_RATE_DATE exchange_rate_type=exchratetype@EXCH_RATE_TYPE_ID"
                " exchange_rate=exchrate@EXCHANGE_RATE attachment_id=supdocid custom=:custom"
                " tax_solution_id=taxsolutionid"
            ),
            Items(
                "lines",
                "invoiceitems",
                "lineitem",
                (
                    *_fields(
                        "account_no=glaccountno@ACCOUNTNO! account_label=accountlabel!"
                        " amount_cents=amount:cents@TRX_AMOUNT*! allocation_id=allocationid"
                        " memo=memo@ENTRYDESCRIPTION location_id=locationid!"
                        f" department_id=departmentid! custom=:custom {_LEGACY_DIMENSIONS}"
                    ),
                    _LEGACY_TAXES,
                ),
                least=1,
                read_container="ARINVOICEITEMS",
            ),
        ),
        function="create_invoice",
        identity=("invoice_no", "customer_id"),
    ),
    "expense_report": Table(
        "EEXPENSES",
        (
            *_fields(
                "employee_id=employeeid*! report_date=datecreated:date@WHENCREATED*!"
                " posting_date=dateposted:date@WHENPOSTED report_no=expensereportno@RECORDID*! state=state"
                " description=description memo=memo external_id=externalid base_currency=basecurr currency=currency!"
                " custom=:custom attachment_id=supdocid is_tax_inclusive=inclusivetax:flag"
                " tax_solution_id=taxsolutionid"
            ),
            Items(
                "lines",
                "expenses",
                "expense",
                (
                    *_fields(
                        "expense_type=expensetype@ACCOUNTLABEL! account_no=glaccountno@ACCOUNTNO!"
                        " amount_cents=amount:cents*! currency=currency trx_amount_cents=trx_amount:cents"
                        " exchange_rate_date=exchratedate:date@EXCH_RATE_DATE"
                        " exchange_rate_type=exchratetype@EXCH_RATE_TYPE_ID exchange_rate=exchrate@EXCHANGE_RATE"
                        " expense_date=expensedate:date@ENTRY_DATE"
                        " paid_to=memo@ENTRYDESCRIPTION paid_for=paidfor@ENTRYDESCRIPTION2 location_id=locationid!"
                        f" department_id=departmentid! custom=:custom {_LEGACY_DIMENSIONS} is_billable=billable:flag"
                        " payment_type=exppmttype quantity_e4=quantity:e4 unit_rate=rate"
                        " gross_amount_cents=totaltrxamount:cents"
                    ),
                    _LEGACY_TAXES,
                ),
                least=1,
                read_container="EEXPENSESITEMS",
            ),
        ),
        function="create_expensereport",
        identity=("report_no", "employee_id"),
    ),
    "attachment_folder": Table(
        "supdocfolder",
        _fields(
            "name=supdocfoldername* description=supdocfolderdescription@DESCRIPTION"
            " parent_name=supdocparentfoldername@PARENTFOLDER"
        ),
        function="create_supdocfolder",
        identity=("name",),
        is_listed=True,
    ),
    "attachment": Table(
        "supdoc",
        (
            *_fields(
                "attachment_id=supdocid* name=supdocname* folder=supdocfoldername@FOLDER*"
                " description=supdocdescription@DESCRIPTION"
            ),
            Items(
                "files",
                "attachments",
                "attachment",
                _fields("name=attachmentname*! extension=attachmenttype*! content=attachmentdata:file*"),
            ),
        ),
        function="create_supdoc",
        identity=("attachment_id",),
        is_listed=True,
    ),
}
"""Documents, by our own names for them."""
