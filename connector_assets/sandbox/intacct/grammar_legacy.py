"""The legacy functions' children in their strict order and their attributes (fact sheet sections 1.3, 6.4 and 8).

`!` is required; a type after a colon is a list of lines, described in LEGACY_LISTS.
"""

_DIMENSIONS = "projectid taskid costtypeid customerid vendorid employeeid itemid classid contractid warehouseid"
_EXCHANGE = "exchratedate exchratetype exchrate"
_GL_LINE = (
    "trtype! amount! glaccountno! document datecreated memo locationid departmentid customerid vendorid employeeid "
    f"projectid taskid costtypeid itemid classid contractid warehouseid customfields currency {_EXCHANGE}"
)

LEGACY_LISTS: dict[str, tuple[str, str]] = {
    "gltransactionentries": ("glentry", _GL_LINE),
    "statgltransactionentries": ("glentry", _GL_LINE),
    "billitems": (
        "lineitem",
        "accountlabel glaccountno offsetglaccountno amount allocationid memo locationid departmentid item1099 "
        f"form1099type form1099box key totalpaid totaldue customfields {_DIMENSIONS} billable totaltrxamount "
        "partialexempt taxentries",
    ),
    "invoiceitems": (
        "lineitem",
        "accountlabel glaccountno offsetglaccountno amount allocationid memo locationid departmentid key totalpaid "
        f"totaldue customfields revrectemplate defrevaccount revrecstartdate revrecenddate {_DIMENSIONS} taxentries",
    ),
    "expenses": (
        "expense",
        f"expensetype glaccountno amount currency trx_amount {_EXCHANGE} expensedate memo form1099 paidfor locationid "
        f"departmentid customfields {_DIMENSIONS} billable exppmttype quantity rate totaltrxamount taxentries",
    ),
    "attachments": ("attachment", "attachmentname! attachmenttype! attachmentdata!"),
    "appaymentkeys": ("appaymentkey", ""),
}

LEGACY_FUNCTIONS: dict[str, str] = {
    "create_gltransaction": (
        "journalid! datecreated! reversedate description! referenceno sourceentity customfields "
        "gltransactionentries!:gltransactionentries"
    ),
    "create_statgltransaction": (
        "journalid! datecreated! reversedate description! statgltransactionentries!:statgltransactionentries"
    ),
    "delete_gltransaction": "",
    "create_bill": (
        "vendorid! datecreated! dateposted datedue termname action batchkey billno ponumber onhold description "
        f"externalid payto returnto basecurr currency {_EXCHANGE} nogl supdocid customfields inclusivetax "
        "taxsolutionid billitems!:billitems"
    ),
    "delete_bill": "",
    "reverse_bill": "datereversed! description",
    "create_invoice": (
        "customerid! datecreated! dateposted datedue termname action batchkey invoiceno ponumber onhold description "
        f"externalid billto shipto basecurr currency {_EXCHANGE} nogl supdocid customfields taxsolutionid "
        "invoiceitems!:invoiceitems"
    ),
    "delete_invoice": "",
    "reverse_invoice": "datereversed! description",
    "create_expensereport": (
        "employeeid! datecreated! dateposted batchkey expensereportno state description memo externalid basecurr "
        "currency customfields supdocid inclusivetax taxsolutionid expenses!:expenses"
    ),
    "delete_expensereport": "",
    "reverse_expensereport": "datereversed! description",
    "void_appaymentrequest": "appaymentkeys!:appaymentkeys",
    "create_supdocfolder": "supdocfoldername! supdocfolderdescription supdocparentfoldername",
    "update_supdocfolder": "supdocfoldername! supdocfolderdescription supdocparentfoldername",
    "delete_supdocfolder": "",
    "create_supdoc": "supdocid supdocname! supdocfoldername! supdocdescription attachments:attachments",
    "update_supdoc": "supdocid! supdocname supdocfoldername supdocdescription attachments:attachments",
    "delete_supdoc": "",
    "delete_vendor": "",
    "delete_customer": "",
    "delete_department": "",
    "delete_location": "",
    "delete_class": "",
    "delete_contact": "",
    "delete_employee": "",
    "delete_project": "",
    "delete_glaccount": "",
    "delete_statglaccount": "",
    "get": "fields",
    "get_list": "filter fields sorts",
}

LEGACY_ATTRIBUTES: dict[str, str] = {
    **dict.fromkeys(
        (
            *("delete_gltransaction", "delete_bill", "reverse_bill", "delete_invoice", "reverse_invoice"),
            *("delete_expensereport", "reverse_expensereport", "delete_supdocfolder", "delete_supdoc"),
            *("delete_class", "delete_project"),
        ),
        "key!",
    ),
    "delete_vendor": "vendorid!",
    "delete_customer": "customerid!",
    "delete_department": "departmentid!",
    "delete_location": "locationid!",
    "delete_contact": "contactname!",
    "delete_employee": "employeeid!",
    "delete_glaccount": "glaccountno!",
    "delete_statglaccount": "glaccountno!",
    "get": "object! key!",
    "get_list": "object! maxitems start showprivate",
}
