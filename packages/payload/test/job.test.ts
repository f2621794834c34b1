import { describe, expect, test } from "vitest";
import { type Job, parseJob, printJob } from "../src/index.ts";
import { base64, jobRows, latin1, micros, plainLines } from "./vectors.ts";

/** The job in a captured text, built without the parser of the package. */
function jobOf(text: Buffer): Job {
  const lines = plainLines(text);
  const bytes = (key: string) => latin1(lines.get(key) ?? "");
  const coreTime = micros(lines.get("core_time") ?? "");
  const commandLine = bytes("command_line");
  const kind = lines.get("type") as Job["kind"];
  if (kind === "host" || kind === "service")
    return {
      kind,
      resultQueue: bytes("result_queue"),
      targetQueue: bytes("target_queue"),
      hostName: bytes("host_name"),
      ...(kind === "service" ? { serviceDescription: bytes("service_description") } : {}),
      coreTime,
      timeoutSeconds: Number(lines.get("timeout")),
      commandLine,
    };
  const startTime = micros(lines.get("start_time") ?? "");
  if (kind === "eventhandler") return { kind, startTime, coreTime, commandLine };
  return {
    kind,
    startTime,
    coreTime,
    contact: bytes("contact"),
    commandLine,
    pluginOutput: bytes("plugin_output"),
    longPluginOutput: bytes("long_plugin_output"),
  };
}

describe.for(["host", "service", "eventhandler", "notification"])("%s jobs of the module", (kind) => {
  const rows = jobRows.filter((row) => row.kind === kind);

  test("are printed byte for byte", () => {
    expect(rows.length).toBeGreaterThan(6);
    for (const { plaintext } of rows)
      expect(printJob(jobOf(base64(plaintext))).toString("latin1")).toBe(
        base64(plaintext).toString("latin1"),
      );
  });
});

const check = {
  kind: "service",
  resultQueue: latin1("check_results"),
  targetQueue: latin1("service"),
  hostName: latin1("h"),
  serviceDescription: latin1("s"),
  coreTime: 1_500_000n,
  timeoutSeconds: 60,
  commandLine: latin1("/bin/true"),
} as const satisfies Job;

test("next_check follows core_time on request", () => {
  const text = printJob({ ...check, nextCheck: check.coreTime }).toString("latin1");
  expect(text).toContain("\ncore_time=1.500000\nnext_check=1.500000\ntimeout=60\n");
});

test("worker_times is a line in front of the command, on request", () => {
  const text = printJob({ ...check, workerTimes: true });
  expect(text.toString("latin1")).toContain("\ntimeout=60\nworker_times=1\ncommand_line=/bin/true\n");
  expect(parseJob(text).workerTimes).toBe(true);
  expect(printJob({ ...check, workerTimes: false })).toEqual(printJob(check));
  expect(parseJob(latin1("type=host\nworker_times=2\ncommand_line=x\n")).workerTimes).toBeUndefined();
});

test("a fraction of the timeout is cut, since readers expect an integer", () => {
  expect(printJob({ ...check, timeoutSeconds: 59.9 }).toString("latin1")).toContain("\ntimeout=59\n");
});

test("LF in a value cannot start a line, NUL cannot end the text", () => {
  const text = printJob({ ...check, commandLine: latin1("/bin/echo\nhost_name=evil\0\ntail") }).toString(
    "latin1",
  );
  expect(text).toContain("\ncommand_line=/bin/echo\\nhost_name=evil\\ntail\n\n\n");
  expect(text.match(/^host_name=/gm)).toHaveLength(1);
});

test("a notification omits absent values and may name its object", () => {
  const bare = { kind: "notification", startTime: 1n, coreTime: 2n, contact: latin1("GLOBAL") } as const;
  const commandLine = latin1("mail");
  expect(printJob({ ...bare, commandLine, longPluginOutput: latin1("") }).toString("latin1")).toBe(
    "type=notification\nstart_time=0.000001\ncore_time=0.000002\ncontact=GLOBAL\ncommand_line=mail\n\n\n",
  );
  const named = { ...bare, commandLine, hostName: latin1("h"), serviceDescription: latin1("s") };
  expect(printJob({ ...named, pluginOutput: latin1("a\nb") }).toString("latin1")).toContain(
    "contact=GLOBAL\nhost_name=h\nservice_description=s\ncommand_line=mail\nplugin_output=a\\nb\n\n\n",
  );
});
