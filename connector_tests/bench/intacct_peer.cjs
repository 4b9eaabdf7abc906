// The JavaScript peer building and parsing the bench's input: node intacct_peer.cjs <sdk> <input.json> <reply.xml> <rounds>.
// Its lines are made before the clock runs, as our journal's are. Prints processor seconds per round as JSON.
"use strict";
const fs = require("fs");
const path = require("path");

const [sdkFolder, inputPath, replyPath, rounds] = process.argv.slice(2);
const sdk = require(sdkFolder);
const RequestBlock = require(path.join(sdkFolder, "dist/Xml/RequestBlock")).default;
const OnlineResponse = require(path.join(sdkFolder, "dist/Xml/OnlineResponse")).default;
const GL = sdk.Functions.GeneralLedger;

const config = Object.assign(new sdk.ClientConfig(), {
  senderId: "s", senderPassword: "p", sessionId: "x", endpointUrl: "http://sim.intacct.com/",
});
config.credentials = new sdk.Credentials.SessionCredentials(config, new sdk.Credentials.SenderCredentials(config));

const lines = JSON.parse(fs.readFileSync(inputPath, "utf8")).map((row) => Object.assign(new GL.JournalEntryLineCreate(), {
  glAccountNumber: row.ACCOUNTNO, transactionAmount: Number(row.TRX_AMOUNT) * Number(row.TR_TYPE),
  transactionCurrencyCode: row.CURRENCY, locationId: row.LOCATION, departmentId: row.DEPARTMENT,
  projectId: row.PROJECTID, employeeId: row.EMPLOYEEID, memo: row.DESCRIPTION,
}));
const journal = Object.assign(new GL.JournalEntryCreate(), {
  journalSymbol: "PYRJ", postingDate: new Date(2031, 3, 5), description: "t", referenceNumber: "R", action: "Posted", lines,
});
const reply = fs.readFileSync(replyPath, "utf8");
const sizes = [];

function timed(work) {
  const taken = [];
  for (let round = 0; round < Number(rounds); round++) {
    const started = process.cpuUsage();
    sizes.push(work());
    const { user, system } = process.cpuUsage(started);
    taken.push((user + system) / 1e6);
  }
  return taken;
}

const build_s = timed(() => new RequestBlock(config, new sdk.RequestConfig(), [journal]).writeXml().length);
const parse_s = timed(() => new OnlineResponse(reply).results[0].data.length);
process.stdout.write(JSON.stringify({ build_s, parse_s, sizes }));
