import { expect, test } from "vitest";
import { perfdataJobs } from "../src/perfdata.ts";
import { base64, type JobRow, latin1, loadVectors } from "./vectors.ts";

const rows = loadVectors<{ cases: JobRow[] }>("neb-jobs").cases.filter(({ kind }) => kind === "perfdata");

/** Names in a captured record of the default templates, or of those of the second run, read in a simple way. */
function namesOf({ run, plaintext }: JobRow): { hostName: Buffer; serviceDescription?: Buffer } {
  const text = base64(plaintext).toString("latin1");
  const pattern =
    run === "r1"
      ? /\tHOSTNAME::([^\t]*)(?:.*\tSERVICEDESC::([^\t]*))?/
      : text.startsWith("H\t")
        ? /^H\t(.*)\n/
        : /^S;([^;]*);([^;]*);/;
  const [, host = "", service] = pattern.exec(text) ?? [];
  return {
    hostName: latin1(host),
    ...(service === undefined ? {} : { serviceDescription: latin1(service) }),
  };
}

test("there are some captured jobs of each kind", () => {
  expect(rows.length).toBe(68);
  const kinds = rows.map((row) => `${row.run} ${row.queue} ${namesOf(row).serviceDescription === undefined}`);
  expect(new Set(kinds).size).toBe(8);
});

test.for(rows.map((row, at) => [`${at} ${row.run} ${row.queue}`, row] as const))(
  "captured: %s",
  ([, row]) => {
    const queues = [latin1("perfdata"), latin1("perfdata_extra")];
    const text = base64(row.plaintext);
    const jobs = perfdataJobs({ ...namesOf(row), text }, { queues, mode: row.run === "r1" ? 1 : 2 });
    expect(jobs.map(({ queue }) => queue)).toEqual(queues);
    const job = jobs.find(({ queue }) => queue.toString() === row.queue);
    expect(job?.text).toEqual(text);
    expect(job?.unique).toBe(row.uniqueKind === "md5" ? row.unique : undefined);
  },
);
