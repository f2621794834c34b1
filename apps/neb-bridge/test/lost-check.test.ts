import { expect, test } from "vitest";

import { lostCheckResult } from "../src/lost-check.ts";

const NOW = 1_795_246_700_123_456n;
const host = {
  hostName: Buffer.from("web01"),
  serviceDescription: undefined,
  id: { unique: Buffer.from("u") },
  server: { host: "one", port: 4730 },
};
const service = { ...host, serviceDescription: Buffer.from("HTTP") };
const options = { orphanHostChecks: true, orphanServiceChecks: true, orphanReturn: 2 } as const;

test("the result of a check that vanished: state, text, no latency", () => {
  expect(lostCheckResult(service, options, NOW)).toMatchObject({
    name: "RESULT",
    host_name: Buffer.from("web01"),
    service_description: Buffer.from("HTTP"),
    check_type: 0,
    scheduled_check: 1,
    return_code: 2,
    exited_ok: 1,
    early_timeout: 0,
    start_time: NOW,
    finish_time: NOW,
    latency: 0n,
    output: Buffer.from(
      "(service check lost: job server one:4730 does not know its job any more and no result came, " +
        "did its worker die or was the job removed?)\n",
    ),
  });
});

test("each has an id of its own", () => {
  const ids = [1, 2].map(() => lostCheckResult(host, options, NOW)?.result_id.toString("hex"));
  expect(ids[0]).toHaveLength(32);
  expect(ids[0]).not.toBe(ids[1]);
});

test.for([
  ["host", host, { orphanHostChecks: false }],
  ["service", service, { orphanServiceChecks: false }],
] as const)("none for a %s where orphans are switched off", ([, check, off]) => {
  expect(lostCheckResult(check, { ...options, ...off }, NOW)).toBeUndefined();
  const other = check === host ? service : host;
  expect(lostCheckResult(other, { ...options, ...off }, NOW)).toBeDefined();
});
