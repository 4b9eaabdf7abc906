// The vendor's own SDK, unchanged, against the gateway whose address is given: each scenario's result as one JSON object.
// Usage: node intacct_sdk.cjs <folder of the SDK> <endpoint> <scratch folder>; credentials in INTACCT_* variables.
"use strict";
const dns = require("dns");
const fs = require("fs");
const path = require("path");

// The SDK only speaks to hosts under intacct.com: such a name is made to mean this machine, and no other.
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const callback = typeof options === "function" ? options : done;
  if (name !== "sim.intacct.com") return callback(new Error(`only the simulated gateway may be reached, not ${name}`));
  return lookup("127.0.0.1", typeof options === "function" ? {} : options, callback);
};

const [sdkFolder, endpoint, scratch] = process.argv.slice(2);
const sdk = require(sdkFolder);
const { Functions: F } = sdk;
const NewQuery = F.Common.NewQuery;
const MARCH = new Date(2025, 2, 14);

const given = (object, fields) => Object.assign(object, fields);

function config(fields = {}) {
  return given(new sdk.ClientConfig(), {
    endpointUrl: endpoint,
    senderId: process.env.INTACCT_SENDER,
    senderPassword: process.env.INTACCT_SENDER_SECRET,
    companyId: process.env.INTACCT_COMPANY,
    userId: process.env.INTACCT_USER,
    userPassword: process.env.INTACCT_USER_SECRET,
    ...fields,
  });
}

async function session(entityId) {
  return sdk.SessionProvider.factory(config(entityId ? { entityId } : {}));
}

async function run(fn, request = {}) {
  const client = new sdk.OnlineClient(await session());
  return client.execute(fn, given(new sdk.RequestConfig(), request));
}

function line(account, amount, locationId, departmentId) {
  return given(new F.GeneralLedger.JournalEntryLineCreate(), {
    glAccountNumber: account, transactionAmount: amount, locationId, departmentId, memo: "Wages & <more>",
  });
}

function journal(reference, lines) {
  return given(new F.GeneralLedger.JournalEntryCreate(`je:${reference}`), {
    journalSymbol: "PYRJ", postingDate: MARCH, description: "From the SDK", referenceNumber: reference, lines,
  });
}

const balanced = () => [line("6010", 1450.8, "NYC", "200"), line("1051", -1450.8, "E100")];

function query(object, fields, more = {}) {
  const select = new NewQuery.QuerySelect.SelectBuilder().addFields(fields).selects;
  return given(new NewQuery.Query(), { fromObject: object, selectFields: select, ...more });
}

const scenarios = {
  async session() {
    const opened = await session();
    return { hasId: opened.sessionId.length > 0, endpoint: opened.endpointUrl, entity: opened.entityId };
  },
  async entity_session() {
    const opened = await session("E200");
    const back = await new sdk.OnlineClient(opened).execute(query("LOCATIONENTITY", ["LOCATIONID"]));
    return { entity: opened.entityId, location: back.authentication.entityId };
  },
  async bad_login() {
    await sdk.SessionProvider.factory(config({ userPassword: "wrong" }));
  },
  async journal() {
    const answer = await run(journal("SDK-1", balanced()), { transaction: true, uniqueId: true });
    return { record: answer.results[0].data[0].RECORDNO, count: answer.results[0].count };
  },
  async journal_refused() {
    await run(journal("SDK-2", [line("6010", 5, "NYC", "200"), line("1051", -4, "E100")]), { transaction: true });
  },
  async transaction_rolled_back() {
    const client = new sdk.OnlineClient(await session());
    const request = given(new sdk.RequestConfig(), { transaction: true });
    const broken = journal("SDK-4", [line("none", 5, "NYC", "200"), line("1051", -5, "E100")]);
    await client.executeBatch([journal("SDK-3", balanced()), broken], request);
  },
  async statistical_journal() {
    const one = given(new F.GeneralLedger.StatisticalJournalEntryLineCreate(), {
      statAccountNumber: "9001", amount: 12.5, locationId: "NYC", departmentId: "200",
    });
    const entry = given(new F.GeneralLedger.StatisticalJournalEntryCreate(), {
      journalSymbol: "HCJ", postingDate: MARCH, description: "Headcount", referenceNumber: "SDK-H", lines: [one],
    });
    return { record: (await run(entry)).results[0].data[0].RECORDNO };
  },
  async dimensions() {
    const made = given(new F.Company.DepartmentCreate(), { departmentId: "SDK", departmentName: "By the SDK" });
    const classed = given(new F.Company.ClassCreate(), { classId: "SDKC", className: "By the SDK" });
    const keys = [await run(made), await run(classed)].map((answer) => answer.results[0].data[0].RECORDNO);
    const listed = await run(new F.PlatformServices.DimensionsGet());
    const names = listed.results[0].data.flatMap((item) => item.dimension).map((item) => item.objectName);
    return { keys, names };
  },
  async employee() {
    const contact = given(new F.Company.ContactCreate(), {
      contactName: "Sdk Ada (SDK-1)", printAs: "Ada Sdk", firstName: "Ada", lastName: "Sdk",
    });
    const hired = given(new F.EmployeeExpense.EmployeeCreate(), {
      employeeId: "SDK-1", contactName: "Sdk Ada (SDK-1)", locationId: "NYC", departmentId: "200",
      startDate: MARCH, active: true,
    });
    const left = given(new F.EmployeeExpense.EmployeeUpdate(), {
      employeeId: "SDK-1", active: false, endDate: new Date(2025, 5, 30),
    });
    const client = new sdk.OnlineClient(await session());
    const answer = await client.executeBatch([contact, hired], given(new sdk.RequestConfig(), { transaction: true }));
    await client.execute(left);
    return { statuses: answer.results.map((result) => result.status), record: answer.results[1].data[0].RECORDNO };
  },
  async query() {
    const order = new NewQuery.QueryOrderBy.OrderBuilder().addAscending("RECORDNO").orders;
    const filter = new NewQuery.QueryFilter.Filter("STATUS").equalTo("active");
    const more = { orderBy: order, filter, pageSize: 2, showPrivate: true };
    const result = (await run(query("DEPARTMENT", ["RECORDNO", "DEPARTMENTID"], more))).results[0];
    return { rows: result.data.length, total: result.totalCount, remaining: result.numRemaining, first: result.data[0] };
  },
  async read_by_query() {
    const ask = given(new F.Common.ReadByQuery(), { objectName: "PROJECT", fields: ["RECORDNO", "PROJECTID"], pageSize: 5 });
    const client = new sdk.OnlineClient(await session());
    let result = (await client.execute(ask)).results[0];
    const rows = [...result.data];
    while (result.numRemaining > 0) {
      result = (await client.execute(given(new F.Common.ReadMore(), { resultId: result.resultId }))).results[0];
      rows.push(...result.data);
    }
    return { total: result.totalCount, rows: rows.length, distinct: new Set(rows.map((row) => row.RECORDNO)).size };
  },
  async read() {
    const found = (await run(query("DEPARTMENT", ["RECORDNO"], { pageSize: 1 }))).results[0].data[0].RECORDNO;
    const ask = given(new F.Common.Read(), { objectName: "DEPARTMENT", fields: ["DEPARTMENTID"], keys: [Number(found)] });
    return { row: (await run(ask)).results[0].data[0] };
  },
  async attachment_and_bill() {
    const folder = given(new F.Company.AttachmentsFolderCreate(), { folderName: "SDK", description: "Scans" });
    const file = path.join(scratch, "scan.pdf");
    fs.writeFileSync(file, "%PDF-1.4\n");
    const scan = given(new F.Company.AttachmentFile(), { filePath: file });
    const attachment = given(new F.Company.AttachmentsCreate(), {
      attachmentsId: "SDK-A", attachmentsName: "SDK-A", attachmentFolderName: "SDK", files: [scan],
    });
    const vendor = given(new F.AccountsPayable.VendorCreate(), {
      vendorId: "SDK-V", vendorName: "Vendor", printAs: "Vendor & Sons", active: true,
    });
    const cost = given(new F.AccountsPayable.BillLineCreate(), {
      glAccountNumber: "6700", transactionAmount: 120, locationId: "NYC", departmentId: "200", memo: "Servers",
    });
    const bill = given(new F.AccountsPayable.BillCreate(), {
      vendorId: "SDK-V", transactionDate: MARCH, dueDate: new Date(2025, 3, 14), billNumber: "SDK-B",
      attachmentsId: "SDK-A", lines: [cost],
    });
    const keys = [];
    for (const fn of [folder, attachment, vendor, bill]) {
      const result = (await run(fn)).results[0];
      keys.push(result.key || result.data[0].RECORDNO);
    }
    return { keys };
  },
  async expense_report() {
    const cost = given(new F.EmployeeExpense.ExpenseReportLineCreate(), {
      expenseType: "Travel", reimbursementAmount: 12.34, expenseDate: MARCH, locationId: "NYC", departmentId: "200",
    });
    const report = given(new F.EmployeeExpense.ExpenseReportCreate(), {
      employeeId: "HM-0001", transactionDate: MARCH, expenseReportNumber: "SDK-R", lines: [cost],
    });
    return { key: (await run(report)).results[0].key };
  },
  async invoice() {
    const sold = given(new F.AccountsReceivable.InvoiceLineCreate(), {
      glAccountNumber: "4000", transactionAmount: 800, locationId: "NYC", departmentId: "200",
    });
    const invoice = given(new F.AccountsReceivable.InvoiceCreate(), {
      customerId: "C-1001", transactionDate: MARCH, dueDate: new Date(2025, 3, 14), invoiceNumber: "SDK-S", lines: [sold],
    });
    return { key: (await run(invoice)).results[0].key };
  },
};

(async () => {
  const told = {};
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      told[name] = { value: await scenario() };
    } catch (error) {
      told[name] = { error: error.constructor.name, message: error.message, errors: error.errors || [] };
    }
  }
  process.stdout.write(JSON.stringify(told));
})();
