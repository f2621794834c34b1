import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandMacros, printPerfdata, printPerfdataJobs } from "../src/perfdata.ts";
import { base64, type JobRow, latin1, loadVectors } from "./vectors.ts";

const rows = loadVectors<{ cases: JobRow[] }>("neb-jobs").cases.filter(({ kind }) => kind === "perfdata");

/** Macros of a captured record with the default templates, read in a simple way. */
function captured(row: JobRow): { isHost: boolean; macros: Map<string, Buffer> } {
  const text = base64(row.plaintext).toString("latin1").replace(/\n$/, "");
  if (row.run === "r1") {
    const fields = text.split("\t").map((field) => field.split("::") as [string, string]);
    const macros = new Map(fields.map(([name, value]) => [name, latin1(value)]));
    return { isHost: macros.get("DATATYPE")?.toString() === "HOSTPERFDATA", macros };
  }
  if (text.startsWith("H\t")) {
    const [, host = "", perfdata = ""] = /^H\t(.*)\n(.*)\tx\\\\y$/.exec(text) ?? [];
    return {
      isHost: true,
      macros: new Map([
        ["HOSTNAME", latin1(host)],
        ["HOSTPERFDATA", latin1(perfdata)],
      ]),
    };
  }
  const [, host = "", service = "", perfdata = "", time = ""] =
    /^S;([^;]*);([^;]*);(.*);(\d+)$/.exec(text) ?? [];
  const entries = { HOSTNAME: host, SERVICEDESC: service, SERVICEPERFDATA: perfdata, TIMET: time };
  return {
    isHost: false,
    macros: new Map(Object.entries(entries).map(([name, value]) => [name, latin1(value)])),
  };
}

const fields = (names: string) =>
  names
    .split(" ")
    .map((name) => `${name}::$${name}$`)
    .join("\t");

/** Templates of the two runs: the defaults, and those of `vectors/neb-jobs.json`'s second run. */
const TEMPLATES = {
  r1: {
    hostTemplate: latin1(
      `DATATYPE::HOSTPERFDATA\t${fields("TIMET HOSTNAME HOSTPERFDATA HOSTCHECKCOMMAND HOSTSTATE HOSTSTATETYPE")}`,
    ),
    serviceTemplate: latin1(
      `DATATYPE::SERVICEPERFDATA\t${fields("TIMET HOSTNAME SERVICEDESC SERVICEPERFDATA SERVICECHECKCOMMAND HOSTSTATE HOSTSTATETYPE SERVICESTATE SERVICESTATETYPE")}`,
    ),
  },
  r2: {
    hostTemplate: latin1("H\t$HOSTNAME$\n$HOSTPERFDATA$\tx\\\\y"),
    serviceTemplate: latin1("S;$HOSTNAME$;$SERVICEDESC$;$SERVICEPERFDATA$;$TIMET$"),
  },
};

describe("every captured job, byte for byte", () => {
  test("both kinds were captured", () => {
    expect(rows.length).toBe(68);
    expect(new Set(rows.map((row) => `${row.run} ${row.queue} ${captured(row).isHost}`)).size).toBe(8);
  });

  test.for(rows.map((row, at) => [`${at} ${row.run} ${row.queue}`, row] as const))("%s", ([, row]) => {
    const { isHost, macros } = captured(row);
    const event = {
      hostName: macros.get("HOSTNAME") ?? latin1(""),
      macros,
      ...(isHost ? {} : { serviceDescription: macros.get("SERVICEDESC") ?? latin1("") }),
    };
    const mode = row.run === "r1" ? 1 : 2;
    const queues = [latin1("perfdata"), latin1("perfdata_extra")];
    const jobs = printPerfdataJobs(event, { queues, mode, ...TEMPLATES[row.run] });
    expect(jobs.map(({ queue }) => queue)).toEqual(queues);
    const job = jobs.find(({ queue }) => queue.toString() === row.queue);
    expect(job?.text).toEqual(base64(row.plaintext));
    expect(job?.unique).toBe(row.uniqueKind === "md5" ? row.unique : undefined);
  });
});

describe("macros", () => {
  const macros = new Map([
    ["A", latin1("1")],
    ["EMPTY", latin1("")],
    ["RAW", latin1("$A$ \xff")],
  ]);
  test.for([
    ["", ""],
    ["plain", "plain"],
    ["$A$", "1"],
    ["x$A$$A$y", "x11y"],
    ["$$", "$"],
    ["5$$ $A$", "5$ 1"],
    ["$EMPTY$|", "|"],
    ["$NOPE$ $A$", "$NOPE$ 1"],
    ["$A", "1"],
    ["$NOPE", "$NOPE"],
    ["$", "$"],
    ["$A$$", "1$"],
    ["$RAW$", "$A$ \xff"],
  ])("%j becomes %j", ([template = "", text = ""]) =>
    expect(expandMacros(latin1(template), macros).toString("latin1")).toBe(text),
  );

  test("text without a macro is unchanged", () =>
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes.filter((byte) => byte !== 0x24));
        expect(expandMacros(text, macros)).toEqual(text);
      }),
    ));
});

test("a NUL in a value does not end the record", () =>
  expect(printPerfdata(latin1("$A$;end"), new Map([["A", latin1("x\0y")]]))).toEqual(latin1("xy;end\n")));
