import { writeSync } from "node:fs";
import { openSpool } from "../src/index.ts";

/** Child of crash.test.ts: appends to the spool in argv[2] and prints after each record that it is kept. */
const spool = openSpool({ folder: process.argv[2] ?? "", maxBytes: 32 << 20 });
for (let count = 1; spool.append(Buffer.from(`record ${count}`)); count++) writeSync(1, `${count}\n`);
