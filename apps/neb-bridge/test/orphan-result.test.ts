import { expect, test } from "vitest";
import { orphanResult } from "../src/orphan-result.ts";

const NOW = 1_795_246_681_250_000n;

test.for([
  [
    Buffer.from("HTTP"),
    "(service check orphaned, is the mod-gearman worker on queue 'hostgroup_a' running?)\n",
  ],
  [undefined, "(host check orphaned, is the mod-gearman worker on queue 'hostgroup_a' running?)\n"],
] as const)("2.5: the exact text and fields: %s", ([serviceDescription, text]) => {
  const check = { hostName: Buffer.from("web01"), serviceDescription, queue: Buffer.from("hostgroup_a") };
  const { result_id, output, ...fields } = orphanResult(check, 2, NOW);
  expect(output.toString()).toBe(text);
  expect(result_id).toHaveLength(16);
  expect(fields).toEqual({
    name: "RESULT",
    host_name: check.hostName,
    service_description: serviceDescription,
    check_type: 0,
    check_options: 0,
    scheduled_check: 1,
    return_code: 2,
    exited_ok: 1,
    early_timeout: 0,
    start_time: 1_795_246_681_000_000n,
    finish_time: 1_795_246_681_000_000n,
    latency: 0n,
  });
});

test("two results of one check are two results", () => {
  const check = { hostName: Buffer.from("h"), serviceDescription: undefined, queue: Buffer.from("q") };
  expect(orphanResult(check, 2, NOW).result_id).not.toEqual(orphanResult(check, 2, NOW).result_id);
});
