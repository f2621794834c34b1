// Submits one encrypted service check and waits for its result, which a worker with `services=yes` and the same key
// makes. Run: node --conditions=source playground/submit-one.ts HOST:PORT KEY [COMMAND]
import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { parseCheckResult, printJob } from "@mod-gearman/payload";

const [address = "127.0.0.1:4730", key = "should_be_changed", command = "/bin/echo hello"] =
  process.argv.slice(2);
const at = address.lastIndexOf(":");
const server = { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
const envelope = createEnvelope({ mode: "on", password: Buffer.from(key) });
const resultQueue = Buffer.from(`playground_${process.pid}`); // not check_results, which the core reads
const queue = Buffer.from("service");

const text = printJob({
  kind: "service",
  resultQueue,
  targetQueue: queue,
  hostName: Buffer.from("playground"),
  serviceDescription: Buffer.from("submit-one"),
  coreTime: BigInt(Date.now()) * 1000n,
  timeoutSeconds: 10,
  commandLine: Buffer.from(command),
});
const client = new ClientConnection({ servers: [server] });
const { handle } = await client.submitBackground({ function: queue, data: envelope.seal(text) });
process.stdout.write(`submitted ${handle}, waiting for its result\n`);

const { promise, resolve: onJob } = Promise.withResolvers<AssignedJob>();
const results = new WorkerConnection({ server, functions: [resultQueue], maxInFlight: 1, onJob });
const job = await promise;
job.complete();
const { returnCode, source, output } = parseCheckResult(envelope.open(job.data));
process.stdout.write(`exit code ${returnCode}, from ${source}\n${output}\n`);
await Promise.all([results.close(), client.close()]);
