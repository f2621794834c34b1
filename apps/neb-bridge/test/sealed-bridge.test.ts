// @module-tag slow
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  issueIdentity,
  OwnKeys,
  printMasterFile,
  readHeader,
} from "@mod-gearman/crypto";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { startGearmand, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { check, connect, moduleArgs, newBridge, ready, resultFor, sendTo, takeJobs } from "./bridge-setup.ts";

const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
const SERVICE = Buffer.from("service");
const RESULTS = Buffer.from("check_results");

test("a check goes out sealed, its result comes back once, and a forged one in the legacy form does not", async (context) => {
  const folder = tmpFolder(context);
  const [masterFile, list] = [join(folder, "master"), join(folder, "identities")];
  writeFileSync(masterFile, printMasterFile(master), { mode: 0o600 });
  writeFileSync(list, "worker w1 service\n");
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  const more = ` envelope=both envelope_queues=service envelope_master_file=${masterFile} envelope_identities_file=${list}`;
  shim.hello({ module_args: moduleArgs(gearmand, more) });
  await ready(shim);
  const jobs = takeJobs(gearmand.port, "service");
  shim.send(check(1n));
  await waitFor("the job", () => jobs.length === 1);
  const keys = new OwnKeys(issueIdentity(master, { kind: "worker", name: "w1", queues: [SERVICE] }));
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 10_000 });
  const opened = opener.open(jobs[0]?.data ?? RESULTS, SERVICE);
  if ("refused" in opened) throw new Error(opened.refused);
  const job = parseJob(opened.text);
  expect(job).toMatchObject({ kind: "service", deadline: expect.any(BigInt) });

  const client = sendTo(gearmand.port);
  const send = (data: Buffer) =>
    client.submitBackground({ function: RESULTS, unique: Buffer.alloc(0), data });
  await send(resultFor("svc-1")); // by who has the shared key
  const sealer = new EnvelopeSealer({ bootId: Buffer.alloc(16, 5), nowMs: Date.now });
  const text = printWorkerResult({
    type: "active",
    hostName: job.hostName ?? RESULTS,
    serviceDescription: job.serviceDescription,
    startTime: BigInt(Date.now()) * 1000n,
    finishTime: BigInt(Date.now()) * 1000n,
    returnCode: 2,
    source: Buffer.from("w1"),
    output: Buffer.from("sealed"),
    jobId: job.jobId,
  });
  const message = sealer.seal(keys.own, RESULTS, text);
  await send(message);
  await send(message);
  await send(resultFor("svc-2", "passive"));
  await waitFor("the last result", () => shim.all("RESULT").length === 2);
  expect(shim.all("RESULT").map(({ output }) => output.toString())).toEqual(["sealed", "from the worker"]);
});

test("a check that a revoked worker has taken goes to another one within seconds, and the revoked one gets a notice", async (context) => {
  const folder = tmpFolder(context);
  const [masterFile, list] = [join(folder, "master"), join(folder, "identities")];
  writeFileSync(masterFile, printMasterFile(master), { mode: 0o600 });
  writeFileSync(list, "worker old service\nrevoked old\nworker w1 service\nend\n");
  const gearmand = await startGearmand(context);
  const shim = connect(newBridge());
  const more = ` envelope=v2 envelope_master_file=${masterFile} envelope_identities_file=${list}`;
  shim.hello({ module_args: moduleArgs(gearmand, more) });
  await ready(shim);
  const jobs = takeJobs(gearmand.port, "service");
  const notices = takeJobs(gearmand.port, "worker_old1");
  shim.send(check(1n));
  await waitFor("the job", () => jobs.length === 1);
  const client = sendTo(gearmand.port);
  const answer = async (at: number, name: string, boot: number): Promise<void> => {
    const keys = new OwnKeys(issueIdentity(master, { kind: "worker", name, queues: [SERVICE] }));
    const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: 10_000 });
    const opened = opener.open(jobs[at]?.data ?? RESULTS, SERVICE);
    if ("refused" in opened) throw new Error(opened.refused);
    const { hostName = RESULTS, serviceDescription, jobId } = parseJob(opened.text);
    const time = BigInt(Date.now()) * 1000n;
    const text = printWorkerResult({
      ...{
        type: "active",
        hostName,
        serviceDescription,
        jobId,
        startTime: time,
        finishTime: time,
        returnCode: 0,
      },
      ...{ source: Buffer.from("Mod-Gearman Worker @ old1"), output: Buffer.from(`of ${name}`) },
    });
    const data = new EnvelopeSealer({ bootId: Buffer.alloc(16, boot), nowMs: Date.now }).seal(
      keys.own,
      RESULTS,
      text,
    );
    await client.submitBackground({ function: RESULTS, unique: Buffer.alloc(0), data });
    jobs[at]?.complete();
  };
  await answer(0, "old", 5);
  await waitFor("the notice", () => notices.length === 1);
  expect(readHeader(notices[0]?.data ?? RESULTS)).toMatchObject({ direction: "enrol-answer", epoch: 1 });
  await waitFor("the job once more", () => jobs.length === 2);
  await answer(1, "w1", 6);
  await waitFor("the result", () => shim.last("RESULT") !== undefined);
  expect(shim.all("RESULT").map(({ output }) => output.toString())).toEqual(["of w1"]);
});
