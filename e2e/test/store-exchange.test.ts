import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, onTestFinished, test } from "vitest";

import { PACKET } from "../src/gearman-wire.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { type GivenJob, RawPeer } from "../src/raw-peer.ts";

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, at) => at)).toString("latin1");
const FUNCTIONS = ["plain", "f\xc3\xbc", "later"];
/** In the order in which one worker gets them: functions without a high or low priority in the order of the store. */
const JOBS: readonly (GivenJob & { type: number })[] = [
  { function: "plain", unique: "high", data: "1", type: PACKET.SUBMIT_JOB_HIGH_BG },
  { function: "plain", unique: "host-service", data: "2", type: PACKET.SUBMIT_JOB_BG },
  { function: "plain", unique: "u\xc3\xa9\xff", data: ALL_BYTES, type: PACKET.SUBMIT_JOB_BG },
  { function: "plain", unique: "x".repeat(63), data: "y".repeat(300_000), type: PACKET.SUBMIT_JOB_BG },
  { function: "plain", unique: "low", data: "3", type: PACKET.SUBMIT_JOB_LOW_BG },
  { function: "f\xc3\xbc", unique: "other", data: "4", type: PACKET.SUBMIT_JOB_BG },
];
const YEAR_2100 = "4102444800";

function database(): string {
  const folder = mkdtempSync(join(tmpdir(), "e2e-exchange-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "queue.db");
}

/** Runs `use` while a server with this file serves. */
async function withServer(
  kind: JobServerKind,
  file: string,
  use: (peer: RawPeer) => Promise<void>,
): Promise<void> {
  const server = await startJobServer(kind, ["--queue-type=libsqlite3", `--libsqlite3-db=${file}`]);
  const peer = await RawPeer.connect(server.port);
  try {
    await use(peer);
  } finally {
    peer.close();
    await server.stop();
  }
}

const KINDS = ["the real gearmand", "our job server"] as const;
const WAYS = KINDS.flatMap((from) => KINDS.filter((to) => to !== from).map((to) => [from, to] as const));

const byUnique = (one: GivenJob, other: GivenJob): number => (one.unique < other.unique ? -1 : 1);

test.for(WAYS)(
  "jobs in the file of %s are done by %s, and the file goes back",
  async ([from, to], context) => {
    needs(context, { jobServer: "the real gearmand" });
    const file = database();
    await withServer(from, file, async (peer) => {
      for (const { type, function: name, unique, data } of JOBS)
        expect(await peer.submit(type, name, unique, Buffer.from(data, "latin1"))).toBe(true);
      expect(await peer.submit(PACKET.SUBMIT_JOB_EPOCH, "later", "epoch", YEAR_2100, "w")).toBe(true);
    });
    await withServer(to, file, async (peer) => {
      const jobs = await peer.takeAll(FUNCTIONS);
      expect(jobs.toSorted(byUnique)).toEqual(JOBS.map(({ type: _, ...job }) => job).toSorted(byUnique));
      expect(jobs.filter(({ function: name }) => name === "plain").map(({ unique }) => unique)).toEqual(
        JOBS.filter(({ function: name }) => name === "plain").map(({ unique }) => unique),
      );
      expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "plain", "back", "again")).toBe(true);
    });
    await withServer(from, file, async (peer) => {
      expect(await peer.takeAll(FUNCTIONS)).toEqual([{ function: "plain", unique: "back", data: "again" }]);
    });
    const rows = new DatabaseSync(file);
    onTestFinished(() => rows.close());
    expect(rows.prepare("SELECT unique_key, when_to_run FROM gearman_queue").all()).toEqual([
      { unique_key: "epoch", when_to_run: Number(YEAR_2100) },
    ]);
  },
);

test("an empty workload and jobs without a unique, written by ours, do not stop gearmand (X8, X9)", async (context) => {
  needs(context, { jobServer: "the real gearmand" });
  const file = database();
  await withServer("our job server", file, async (peer) => {
    for (const data of ["one", "two", ""])
      expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "plain", "", data)).toBe(true);
    expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "plain", "-", "three")).toBe(true);
  });
  await withServer("the real gearmand", file, async (peer) => {
    const jobs = await peer.takeAll(["plain"]);
    expect(jobs.map(({ data }) => data)).toEqual(["one", "two", "", "three"]);
  });
});

test("an empty workload written by gearmand, which stops it at its next start, is served by ours (X8)", async (context) => {
  needs(context, { jobServer: "the real gearmand" });
  const file = database();
  await withServer("the real gearmand", file, async (peer) => {
    expect(await peer.submit(PACKET.SUBMIT_JOB_BG, "plain", "empty", "")).toBe(true);
  });
  await withServer("our job server", file, async (peer) => {
    expect(await peer.takeAll(["plain"])).toEqual([{ function: "plain", unique: "empty", data: "" }]);
  });
});
