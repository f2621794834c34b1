import { symlinkSync } from "node:fs";
import { createEnvelope } from "@mod-gearman/crypto";
import { createRunner } from "@mod-gearman/runner";
import { tmpFolder, vectorsFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { differences, expected, fieldOrder, fieldsOf, newestCoreTime, vectors } from "./recorded-results.ts";
import { WorkerWorld } from "./worker-world.ts";

describe.for(Object.keys(vectors.groups))("C worker results: %s", (group) => {
  const options = vectors.groups[group] ?? {};
  const rows = vectors.results.filter((row) => row.group === group);

  test.for(rows)("$case ($stream)", async (row, context) => {
    const plugins = `${tmpFolder(context)}/plugins`;
    symlinkSync(`${vectorsFolder}plugins`, plugins);
    const local = (text: string) => text.replaceAll("/srv/plugins", plugins);
    const world = new WorkerWorld();
    const given = Object.entries(options).filter(([, value]) => value !== null);
    world.args = ["--server=a:1", ...given.map(([key, value]) => `--${key}=${local(value ?? "")}`)].map(
      (arg) => (arg.startsWith("--dupserver=") ? "--dupserver=dup:9" : arg),
    );
    world.hostName = "vm";
    world.realRunner = createRunner();
    // as recorded, but a third of the timeout is enough
    const job = Object.fromEntries(fieldsOf(row.jobText));
    world.nowMicros = BigInt(Math.round((newestCoreTime(rows) + 1) * 1e6));
    await world.start();
    context.onTestFinished(async () => {
      await world.end();
      world.realRunner?.close();
    });
    const envelope = createEnvelope(
      options.encryption === "no"
        ? { mode: "off" }
        : { mode: "on", password: Buffer.from(options.key ?? "") },
    );
    world.servers.a.put(
      row.jobQueue,
      envelope.seal(Buffer.from(local(row.jobText).replace("timeout=3\n", "timeout=1\n"))),
    );
    if (row.noResult) {
      await waitFor("the answer", () => world.servers.a.completed.length === 1);
      expect(world.servers.a.submitted).toEqual([]);
      expect(world.logger.lines.filter((line) => line.includes("workaround_rc_25"))).toEqual([
        "info: workaround_rc_25: no result of service demo-host - rc25, its plugin ended with exit code 25",
      ]);
      return;
    }
    const from = row.stream === "duplicate" ? world.servers.dup : world.servers.a;
    const sent = await waitFor("the result", () => from.submitted[0]);

    expect(sent.function.toString()).toBe("check_results");
    const text = envelope.open(sent.data).toString("latin1");
    expect(text.endsWith("\n\n\n")).toBe(true);
    const ours = Object.fromEntries(fieldsOf(text));
    expect(fieldsOf(text).map(([key]) => key)).toEqual(fieldOrder(job));
    const isPassive = row.stream === "duplicate" && options.dup_results_are_passive !== "no";
    const [returnCode, output] = expected(row);
    expect(ours).toMatchObject({
      type: isPassive ? "passive" : "active",
      host_name: job.host_name,
      core_start_time: job.core_time, // worker.md 4.7: exact, and not from next_check
      exited_ok: "1",
      source: "Mod-Gearman Worker @ demo-worker", // D23
      return_code: String(returnCode),
      output: output.replace("/srv/plu...", `${plugins.slice(0, 8)}...`),
    });
    expect(ours.service_description).toBe(job.service_description);
    expect(Number(ours.finish_time)).toBeGreaterThanOrEqual(Number(ours.start_time));
  });
});

test("every difference belongs to a row", () => {
  const names = new Set(vectors.results.map((row) => `${row.group}/${row.case}`));
  expect(Object.keys(differences).filter((name) => !names.has(name))).toEqual([]);
});
