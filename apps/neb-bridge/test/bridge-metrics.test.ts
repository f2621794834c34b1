import { nullLogger } from "@mod-gearman/base";
import { expect, onTestFinished, test } from "vitest";
import { BridgeCounts } from "../src/bridge-counts.ts";
import type { BridgeFigures } from "../src/bridge-figures.ts";
import { BridgeMetrics } from "../src/bridge-metrics.ts";
import { Enrolments } from "../src/enrolments.ts";
import type { CoreEvent } from "../src/link/core-link.ts";

const event = (name: string, queue: string): CoreEvent =>
  ({ name, queue: Buffer.from(queue) }) as unknown as CoreEvent;

function figures(counts: BridgeCounts, more: Partial<BridgeFigures> = {}): BridgeFigures {
  return {
    version: "1.2.3",
    isCoreAttached: true,
    jobServers: [
      { address: "one:4730", isConnected: true },
      { address: "two:4730", isConnected: false },
    ],
    eventsWaiting: 2,
    checks: { inFlight: 30, oldestSeconds: 12.5, unwatched: 4, lost: 5, moved: 9, repeated: 14 },
    results: { held: 6, repeated: 7, second: 10, discarded: 8 },
    counts,
    refused: new Map(),
    jobIds: { remembered: 12, forgotten: 13 },
    enrolments: new Enrolments({ monotonicMs: () => 0 }, nullLogger),
    ...more,
  };
}

async function scrape(counts: BridgeCounts, headers = {}): Promise<string[]> {
  const endpoint = await new BridgeMetrics(() => figures(counts)).serve("127.0.0.1:0");
  onTestFinished(() => endpoint.close());
  const answer = await fetch(`http://127.0.0.1:${endpoint.port}/metrics`, { headers });
  return (await answer.text()).split("\n");
}

test("has the metrics of operations.md", async () => {
  const counts = new BridgeCounts();
  counts.jobSubmitted(event("SERVICE_CHECK", "service"), Buffer.from("service"), 0.4);
  counts.jobSubmitted(event("SERVICE_CHECK", "hostgroup_a"), Buffer.from("hostgroup_a"), 30);
  counts.jobSubmitted(event("HOST_CHECK", "host"), Buffer.from("host"), 3);
  counts.jobFailed(event("EVENT_HANDLER", "eventhandler"));
  counts.checkOrphaned(Buffer.from("hostgroup_a"));
  counts.activeResults = 9;
  counts.passiveResults = 1;
  counts.recordsDropped = 11;
  counts.applyTime.add(20_000);
  const lines = await scrape(counts);
  for (const line of [
    'modgearmanbridge_info{version="1.2.3"} 1',
    "modgearmanbridge_core_attached 1",
    'modgearmanbridge_job_server_connected{server="one:4730"} 1',
    'modgearmanbridge_job_server_connected{server="two:4730"} 0',
    "modgearmanbridge_events_waiting 2",
    "modgearmanbridge_checks_in_flight 30",
    "modgearmanbridge_check_oldest_seconds 12.5",
    "modgearmanbridge_checks_unwatched_total 4",
    "modgearmanbridge_checks_lost_total 5",
    "modgearmanbridge_checks_moved_total 9",
    "modgearmanbridge_checks_orphaned_total 1",
    'modgearmanbridge_queue_jobs_total{queue="hostgroup_a",outcome="orphaned"} 1',
    "modgearmanbridge_results_held 6",
    "modgearmanbridge_job_ids_remembered 12",
    "modgearmanbridge_job_ids_forgotten_total 13",
    "modgearmanbridge_records_dropped_total 11",
    "modgearmanbridge_results_repeated_total 7",
    "modgearmanbridge_results_second_total 10",
    "modgearmanbridge_results_discarded_total 8",
    'modgearmanbridge_jobs_submitted_total{type="service_check"} 2',
    'modgearmanbridge_jobs_submitted_total{type="host_check"} 1',
    'modgearmanbridge_jobs_failed_total{type="event_handler"} 1',
    'modgearmanbridge_queue_jobs_total{queue="hostgroup_a",outcome="submitted"} 1',
    'modgearmanbridge_queue_jobs_total{queue="eventhandler",outcome="failed"} 1',
    'modgearmanbridge_results_total{type="active"} 9',
    'modgearmanbridge_results_total{type="passive"} 1',
    "modgearmanbridge_results_applied_total 1",
    'modgearmanbridge_submit_seconds_bucket{le="0.0005"} 1',
    'modgearmanbridge_submit_seconds_bucket{le="0.005"} 2',
    'modgearmanbridge_submit_seconds_bucket{le="+Inf"} 3',
    "modgearmanbridge_submit_seconds_count 3",
    'modgearmanbridge_core_apply_seconds_bucket{le="10"} 0',
    "modgearmanbridge_core_apply_seconds_sum 20",
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => /^process_resident_memory_bytes \d+/.test(line))).toBe(true);
});

test("a refusal, or an event that no server took, is the second value of its series: the first one is 0", async () => {
  const lines = await scrape(new BridgeCounts());
  for (const line of [
    'modgearmanbridge_results_refused_total{reason="not_authentic"} 0',
    'modgearmanbridge_results_refused_total{reason="not_allowed"} 0',
    'modgearmanbridge_enroll_refused_total{reason="unknown_key"} 0',
    'modgearmanbridge_enroll_refused_total{reason="redeemed"} 0',
    'modgearmanbridge_jobs_failed_total{type="notification"} 0',
    'modgearmanbridge_jobs_failed_total{type="export"} 0',
  ])
    expect(lines).toContain(line);
});

test("has the same metrics in OpenMetrics", async () => {
  const counts = new BridgeCounts();
  counts.jobSubmitted(event("SERVICE_CHECK", "service"), Buffer.from("service"), 1);
  const lines = await scrape(counts, { accept: "application/openmetrics-text" });
  expect(lines).toContain("# TYPE modgearmanbridge_jobs_submitted counter");
  expect(lines).toContain('modgearmanbridge_jobs_submitted_total{type="service_check"} 1');
  expect(lines).toContain("# TYPE modgearmanbridge_submit_seconds histogram");
  expect(lines.at(-2)).toBe("# EOF");
});

test("at most 200 queues have their own label: custom variables may name any number", async () => {
  const counts = new BridgeCounts();
  for (let at = 0; at < 1000; at++)
    counts.jobSubmitted(event("HOST_CHECK", `q${at}`), Buffer.from(`q${at}`), 1);
  counts.jobSubmitted(event("HOST_CHECK", "q0"), Buffer.from("q0"), 1);
  const lines = (await scrape(counts)).filter((line) => line.includes('outcome="submitted"'));
  expect(lines).toHaveLength(201);
  expect(lines).toContain('modgearmanbridge_queue_jobs_total{queue="q0",outcome="submitted"} 2');
  expect(lines.at(-1)).toBe('modgearmanbridge_queue_jobs_total{queue="other",outcome="submitted"} 800');
});
