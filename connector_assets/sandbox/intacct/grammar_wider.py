"""The wider legacy functions' children in strict order: adjustments, receipts, orders, cash, time (sections 8 and 11).

`!` is required, `*` may stand any number of times; a type after a colon is a list of lines, described in WIDER_LISTS.
Where the fact sheet gives no order, it is the one in which the vendor's own SDK writes them.
"""

_DIMENSIONS = "projectid taskid costtypeid customerid vendorid employeeid itemid classid contractid warehouseid"
_ORDER_DIMENSIONS = "projectid taskid costtypeid customerid vendorid employeeid classid contractid"
_EXCHANGE = "exchratedate exchratetype exchrate"
_ADJUSTED = (
    "accountlabel glaccountno offsetglaccountno amount! allocationid memo locationid departmentid key totalpaid "
    f"totaldue customfields {_DIMENSIONS} taxentries"
)
_ORDERED = f"customfields {_ORDER_DIMENSIONS} billable linesubtotals"
_REVENUE = "revrectemplate revrecstartdate revrecenddate renewalmacro"
_SO_LINE = (
    "bundlenumber itemid itemdesc taxable warehouseid quantity unit discountpercent price sourcelinekey "
    f"discsurchargememo locationid departmentid memo itemdetails customfields {_REVENUE} {_ORDER_DIMENSIONS} "
    "fulfillmentstatus taskno billingtemplate linesubtotals"
)
_PO_LINE = (
    "itemid itemdesc taxable warehouseid quantity unit price overridetaxamount tax sourcelinekey locationid "
    f"departmentid memo itemdetails form1099 form1099type form1099box {_ORDERED}"
)
_CARD_LINE = (
    "accountlabel glaccountno description paymentamount departmentid locationid customerid vendorid employeeid "
    "projectid taskid itemid classid contractid warehouseid customfields"
)
_BILL_LINE = (
    "accountlabel glaccountno offsetglaccountno amount allocationid memo locationid departmentid item1099 form1099type "
    f"form1099box key totalpaid totaldue customfields {_DIMENSIONS} billable"
)
_INVOICE_LINE = (
    "accountlabel glaccountno offsetglaccountno amount allocationid memo locationid departmentid key totalpaid "
    f"totaldue customfields revrectemplate defrevaccount revrecstartdate revrecenddate {_DIMENSIONS}"
)

WIDER_LISTS: dict[str, tuple[str, str]] = {
    "apadjustmentitems": ("lineitem", _ADJUSTED),
    "aradjustmentitems": ("lineitem", _ADJUSTED),
    "updatebillitems": ("updatelineitem", _BILL_LINE),
    "updateinvoiceitems": ("updatelineitem", _INVOICE_LINE),
    "arpaymentitems": ("arpaymentitem", "invoicekey! amount!"),
    "ccpayitems": ("ccpayitem", _CARD_LINE),
    "updateccpayitems": ("updateccpayitem", _CARD_LINE),
    "receiptkeys": ("receiptkey", ""),
    "receiptitems": (
        "lineitem",
        f"glaccountno accountlabel amount! memo locationid departmentid customfields {_DIMENSIONS}",
    ),
    "expenseadjustments": (
        "expenseadjustment",
        f"expensetype glaccountno amount! currency trx_amount {_EXCHANGE} expensedate memo locationid departmentid "
        f"{_DIMENSIONS} billable exppmttype quantity rate customfields",
    ),
    "eppaymentrequestitems": ("eppaymentrequestitem", "key! paymentamount! credittoapply"),
    "sotransitems": ("sotransitem", _SO_LINE),
    "updatesotransitems": ("updatesotransitem", _SO_LINE),
    "potransitems": ("potransitem", _PO_LINE),
    "updatepotransitems": ("updatepotransitem", _PO_LINE),
    "ictransitems": (
        "ictransitem",
        "itemid! itemdesc warehouseid quantity! unit cost locationid departmentid itemdetails customfields "
        f"{_ORDER_DIMENSIONS}",
    ),
}
_ORDER_TAIL = f"basecurr currency {_EXCHANGE}"

WIDER_FUNCTIONS: dict[str, str] = {
    "create_apadjustment": (
        "vendorid! datecreated! dateposted batchkey adjustmentno action billno description externalid basecurr "
        f"currency {_EXCHANGE} nogl customfields taxsolutionid apadjustmentitems!:apadjustmentitems"
    ),
    "create_aradjustment": (
        "customerid! datecreated! dateposted batchkey adjustmentno action invoiceno description externalid basecurr "
        f"currency {_EXCHANGE} nogl customfields taxsolutionid aradjustmentitems!:aradjustmentitems"
    ),
    "update_bill": (
        "vendorid datecreated dateposted datedue termname action billno ponumber onhold description payto returnto "
        f"currency {_EXCHANGE} supdocid customfields updatebillitems:updatebillitems"
    ),
    "update_invoice": (
        "customerid datecreated dateposted datedue termname action invoiceno ponumber description payto returnto "
        f"billto shipto currency {_EXCHANGE} supdocid customfields updateinvoiceitems:updateinvoiceitems"
    ),
    **dict.fromkeys(("create_billbatch", "create_invoicebatch"), "batchtitle! datecreated"),
    **dict.fromkeys(("create_apadjustmentbatch", "create_aradjustmentbatch"), "batchtitle! datecreated"),
    "create_expensereportbatch": "batchtitle! datecreated",
    "create_arpaymentbatch": "batchtitle! bankaccountid undepfundsacct datecreated",
    "create_arpayment": (
        "customerid! paymentamount! translatedamount batchkey bankaccountid undepfundsacct refid overpaylocid "
        f"overpaydeptid datereceived! paymentmethod! basecurr currency {_EXCHANGE} cctype authcode arpaymentitem* "
        "onlinecardpayment onlineachpayment"
    ),
    "apply_arpayment": (
        "arpaymentkey! paymentdate! batchkey memo overpaylocid overpaydeptid arpaymentitems:arpaymentitems"
    ),
    "record_cctransaction": (
        "chargecardid! paymentdate referenceno payee description supdocid currency exchratedate exchratetype exchrate "
        "customfields inclusivetax ccpayitems!:ccpayitems"
    ),
    "update_cctransaction": (
        "paymentdate referenceno payee description supdocid currency exchratedate exchratetype exchrate customfields "
        "updateccpayitems:updateccpayitems"
    ),
    "reverse_cctransaction": "datereversed! memo",
    "record_deposit": (
        "bankaccountid! depositdate! depositid! receiptkeys!:receiptkeys description supdocid customfields"
    ),
    "record_otherreceipt": (
        "paymentdate! payee receiveddate! paymentmethod! bankaccountid depositdate undepglaccountno refid description "
        "supdocid currency exchratedate exchratetype exchrate customfields inclusivetax receiptitems!:receiptitems"
    ),
    "create_expenseadjustmentreport": (
        "employeeid! datecreated! dateposted batchkey adjustmentno docnumber description basecurr currency "
        "expenseadjustments!:expenseadjustments supdocid"
    ),
    "create_reimbursementrequest": (
        "bankaccountid! employeeid! memo paymentmethod! paymentdate! paymentoption "
        "eppaymentrequestitems!:eppaymentrequestitems documentnumber paymentdescription paymentcontact"
    ),
    "create_sotransaction": (
        "transactiontype! datecreated! dateposted createdfrom customerid! documentno origdocdate referenceno termname "
        f"datedue message shippingmethod shipto billto supdocid externalid {_ORDER_TAIL} vsoepricelist customfields "
        "state projectid taxsolutionid sotransitems!:sotransitems subtotals"
    ),
    "update_sotransaction": (
        "datecreated dateposted referenceno termname datedue origdocdate message shippingmethod shipto billto supdocid "
        f"externalid {_ORDER_TAIL} vsoepricelist customfields state projectid updatesotransitems:updatesotransitems "
        "subtotals updatesubtotals"
    ),
    "create_potransaction": (
        "transactiontype! datecreated! dateposted createdfrom vendorid! documentno referenceno vendordocno termname "
        f"datedue message shippingmethod returnto! payto! deliverto supdocid externalid {_ORDER_TAIL} customfields "
        "state projectid taxsolutionid potransitems!:potransitems subtotals"
    ),
    "update_potransaction": (
        "datecreated dateposted referenceno vendordocno termname datedue message shippingmethod returnto payto "
        f"deliverto supdocid externalid {_ORDER_TAIL} customfields state projectid "
        "updatepotransitems:updatepotransitems subtotals updatesubtotals"
    ),
    "create_ictransaction": (
        "transactiontype! datecreated! createdfrom documentno referenceno message externalid basecurr customfields "
        "state ictransitems!:ictransitems subtotals"
    ),
    "create_employeerate": "employeeid! ratestartdate! billingrate salaryrate",
    "update_employeerate": "employeeid ratestartdate billingrate salaryrate",
    "create_earningtype": "name! method! billableacctno! nonbillableacctno! ratemultiplier",
    "update_earningtype": "name method billableacctno nonbillableacctno ratemultiplier",
    **dict.fromkeys(("reverse_appayment", "reverse_arpayment"), "datereversed! description"),
    **dict.fromkeys(
        (f"{verb}_appaymentrequest" for verb in ("approve", "decline", "confirm", "send")),
        "appaymentkeys!:appaymentkeys",
    ),
    **dict.fromkeys((f"delete_{kind}adjustment" for kind in ("ap", "ar")), ""),
    **dict.fromkeys((f"delete_{kind}transaction" for kind in ("so", "po", "ic")), ""),
    **dict.fromkeys(("delete_allocation", "delete_item", "delete_task", "delete_timesheet"), ""),
    **dict.fromkeys(("delete_employeerate", "delete_earningtype", "delete_expenseadjustmentreport"), ""),
}

WIDER_ATTRIBUTES: dict[str, str] = {
    **dict.fromkeys(
        (
            name
            for name in WIDER_FUNCTIONS
            if name.startswith(("update_", "delete_", "reverse_")) and name != "delete_item"
        ),
        "key! externalkey",
    ),
    "delete_item": "itemid!",
}
