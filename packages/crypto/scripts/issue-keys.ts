/**
 * Makes keys of version 2 of the envelope until a program does it: `node --conditions=source packages/crypto/scripts/issue-keys.ts
 * master`, or `… worker MASTERFILE NAME QUEUE…`, or `… sender MASTERFILE NAME`. Writes the file to standard output.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { issueIdentity, parseMasterFile, printIdentityFile, printMasterFile } from "../src/index.ts";

const [kind, file = "", name = "", ...queues] = process.argv.slice(2);
if (kind === "master") process.stdout.write(printMasterFile({ secret: randomBytes(32), epochs: [1] }));
else if ((kind === "worker" && queues.length > 0) || kind === "sender") {
  const master = parseMasterFile(readFileSync(file));
  const names = queues.map((queue) => Buffer.from(queue));
  process.stdout.write(printIdentityFile(issueIdentity(master, { kind, name, queues: names })));
} else {
  console.error("usage: issue-keys.ts master | worker MASTERFILE NAME QUEUE… | sender MASTERFILE NAME");
  process.exitCode = 3;
}
