// Every function class of the vendor's SDK, each field filled, sent to the gateway whose address is given; what came back.
// Usage: node intacct_sdk_classes.cjs <folder of the SDK> <endpoint> <file to attach>; credentials in INTACCT_* variables.
"use strict";
const dns = require("dns");

const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const callback = typeof options === "function" ? options : done;
  if (name !== "sim.intacct.com") return callback(new Error(`only the simulated gateway may be reached, not ${name}`));
  return lookup("127.0.0.1", typeof options === "function" ? {} : options, callback);
};

const [sdkFolder, endpoint, file] = process.argv.slice(2);
const sdk = require(sdkFolder);
const LISTS = /lines$|entries$|subtotals|files|details$|applyToTransactions|transactions$|^reimbursement|records|Records/i;
const FLAGS = /^(is|has|active|hide|one|taxable|billable|onHold|doNot|merge|send|display|enable|require|print)|renew|milestone|WithParent|utilized|usedIn|achEnabled|Disabled|Enabled|Default$|Posted|postActual/;
const LINES = {
  ApPaymentCreate: "ApPaymentDetailBill", ArPaymentCreate: "ArPaymentItem", ArPaymentApply: "ArPaymentItem",
  AllocationCreate: "AllocationLine", AllocationUpdate: "AllocationLine", ReimbursementRequestCreate: "ReimbursementRequestItem",
  TimesheetCreate: "TimesheetEntryCreate", TimesheetUpdate: "TimesheetEntryUpdate", AttachmentsCreate: "AttachmentFile",
  AttachmentsUpdate: "AttachmentFile", BankFeedsCreate: "BankAccountTransactionRecord",
};
const KNOWN = {
  filePath: file, _filePath: file, objectName: "DEPARTMENT", keys: [1], names: ["200"], fields: [], customFields: [],
  entities: [], recordNo: 1, lineRecordNo: [], itemDetails: [], restrictedUsers: [], restrictedDepartments: [],
  restrictedLocations: [], transactionKeysToDeposit: [1], pageSize: 10, returnFormat: "xml", resultId: "none", lineNo: 1,
  _names: ["200"], applyToRecordId: 1, parentTaskRecordNo: 1, taskRecordNo: 1, excludedFromContactList: true,
  webServicesOnly: true, externalId: null, query: "", state: "Draft", action: "Draft", terminationType: "voluntary", userType: "business user",
  accountType: "incomestatement", normalBalance: "debit", closingType: "closing account", gender: "female",
};

// A class with every property set: dates as dates, amounts as numbers, everything else as a text.
function filled(object, lines) {
  return new Proxy(object, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver);
      if (typeof name !== "string" || typeof value === "function" || (value !== undefined && value !== null && name !== "keys")) return value;
      if (LISTS.test(name)) return lines;
      if (name in KNOWN) return KNOWN[name];
      if (/date/i.test(name) && !/Id$/.test(name)) return new Date(2025, 2, 14);
      if (/amount|quantity|price|total|percent|rate(Value)?$|number$|multiplier|limit$|qty|key$/i.test(name)) return 1;
      if (FLAGS.test(name)) return true;
      return "X";
    },
  });
}

async function main() {
  const config = Object.assign(new sdk.ClientConfig(), {
    endpointUrl: endpoint, senderId: process.env.INTACCT_SENDER, senderPassword: process.env.INTACCT_SENDER_SECRET,
    companyId: process.env.INTACCT_COMPANY, userId: process.env.INTACCT_USER, userPassword: process.env.INTACCT_USER_SECRET,
  });
  const client = new sdk.OnlineClient(await sdk.SessionProvider.factory(config));
  const told = {};
  const classes = (group, prefix) => Object.entries(group).flatMap(([name, value]) =>
    typeof value === "function" ? [[`${prefix}${name}`, name, value, group]] : classes(value || {}, `${prefix}${name}.`));
  for (const [path, name, Class, group] of classes(sdk.Functions, "")) {
    if (/Abstract|NewQuery|ApiSessionCreate/.test(path)) continue;
    let whole;
    try { whole = new Class("c"); } catch (error) { continue; }
    if (typeof whole.writeXml !== "function" || !("controlId" in whole) || /Entry(Create|Update)$/.test(name) && !/Journal/.test(name)) continue;
    const lineName = LINES[name] || name.replace(/(Create|Update)$/, "Line$1");
    const lines = group[lineName] && lineName !== name ? [filled(new group[lineName]())] : [];
    try {
      await client.execute(filled(whole, lines));
      told[path] = { status: "success", errors: [] };
    } catch (error) {
      told[path] = { status: error.constructor.name, errors: error.errors || [String(error.message)] };
    }
  }
  process.stdout.write(JSON.stringify(told));
}

main();
