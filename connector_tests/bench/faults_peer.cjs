// The vendor's own SDK with its defaults: posts one journal, and tries again after an error, as a nightly job would.
// Usage: node faults_peer.cjs <folder of the SDK> <endpoint> <reference> <tries>; credentials in INTACCT_* variables.
"use strict";
const dns = require("dns");

const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const callback = typeof options === "function" ? options : done;
  if (name !== "sim.intacct.com") return callback(new Error(`only the simulated gateway may be reached, not ${name}`));
  return lookup("127.0.0.1", typeof options === "function" ? {} : options, callback);
};
// The SDK's own waits between its retries (1 to 16 s) pass at once, its 30 s limit of a request does not.
const later = global.setTimeout;
global.setTimeout = (work, delay, ...rest) => later(work, delay <= 16000 ? 0 : delay, ...rest);

const [sdkFolder, endpoint, reference, tries] = process.argv.slice(2);
const sdk = require(sdkFolder);
const given = (object, fields) => Object.assign(object, fields);

function line(account, amount, locationId, departmentId) {
  return given(new sdk.Functions.GeneralLedger.JournalEntryLineCreate(), {
    glAccountNumber: account, transactionAmount: amount, locationId, departmentId, memo: "Wages",
  });
}

async function post() {
  const config = given(new sdk.ClientConfig(), {
    endpointUrl: endpoint,
    senderId: process.env.INTACCT_SENDER,
    senderPassword: process.env.INTACCT_SENDER_SECRET,
    companyId: process.env.INTACCT_COMPANY,
    userId: process.env.INTACCT_USER,
    userPassword: process.env.INTACCT_USER_SECRET,
  });
  const client = new sdk.OnlineClient(await sdk.SessionProvider.factory(config));
  await client.execute(given(new sdk.Functions.GeneralLedger.JournalEntryCreate(), {
    journalSymbol: "PYRJ", postingDate: new Date(2025, 2, 14), description: "Pay run", referenceNumber: reference,
    lines: [line("6000", 1450.8, "NYC", "200"), line("1051", -1450.8, "NYC")],
  }));
}

(async () => {
  for (let attempt = 1; attempt <= Number(tries); attempt += 1) {
    try {
      await post();
      return console.log(JSON.stringify({ posted: true, attempts: attempt }));
    } catch (error) {
      if (process.env.PEER_DEBUG) console.error(error);
    }
  }
  console.log(JSON.stringify({ posted: false, attempts: Number(tries) }));
})();
