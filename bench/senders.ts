// The senders against those of an earlier checkout, from start to exit: time, CPU time, most memory. A sink in this
// process acknowledges their results.
//
//   pnpm bench senders --base DIR [--repetitions 60]
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { KEY } from "./src/check-jobs.ts";
import { baseCheckout, type Checkout, here } from "./src/checkouts.ts";
import { limitTime, scratchFolder } from "./src/own-processes.ts";
import { printPairedRatios, printTable } from "./src/report.ts";
import { ResultSink } from "./src/result-sink.ts";
import { alternate, type Sample } from "./src/samples.ts";
import { wholeRun } from "./src/whole-run.ts";

const LINES = 20_000;
const folder = scratchFolder();
const { values: given } = parseArgs({
  options: { base: { type: "string" }, repetitions: { type: "string", default: "60" } },
});
if (given.base === undefined) throw new Error("--base DIR is missing");
const base = baseCheckout(given.base);

const list = join(folder, "list");
const output = "HTTP OK: HTTP/1.1 200 OK - 4120 bytes in 0.034 second response time|time=0.034s;2;5";
const lines = Array.from(
  { length: LINES },
  (_, at) => `host-${at % 1000}\tservice ${at}\t${at % 4}\t${output}\n`,
);
writeFileSync(list, lines.join(""));
const children = join(folder, "children");
writeFileSync(
  children,
  "<CHILD><no>1</no><name>x</name><rc>0</rc><runtime>0.1</runtime><output>ok</output><error></error></CHILD>",
);

async function withInput(file: string, main: string, args: readonly string[]): Promise<Sample> {
  const stdin = openSync(file, "r");
  try {
    return await wholeRun({ main, args, stdin });
  } finally {
    closeSync(stdin);
  }
}

limitTime(900);
const sink = await ResultSink.listen();
const server = `--server=127.0.0.1:${sink.port}`;
const one = [server, "--host=h", "--message=x"];
const key = ["--encryption=yes", `--key=${KEY}`];
const runs: Readonly<Record<string, (from: Checkout) => Promise<Sample>>> = {
  "send_gearman, one result, clear": ({ sendGearman: main }) => wholeRun({ main, args: one }),
  "send_gearman, one result, encrypted": ({ sendGearman: main }) =>
    wholeRun({ main, args: [...one, ...key] }),
  "send_multi, one child, encrypted": ({ sendMulti: main }) =>
    withInput(children, main, [server, "--host=h", ...key]),
  [`send_gearman, ${LINES} lines, encrypted`]: ({ sendGearman: main }) =>
    withInput(list, main, [server, ...key]),
};
for (const [title, run] of Object.entries(runs)) {
  const samples = await alternate(
    { ours: () => run(here), base: () => run(base) },
    Number(given.repetitions),
    2,
  );
  printTable(title, samples);
  printPairedRatios(samples.ours, samples.base, base.name);
}
sink.close();
