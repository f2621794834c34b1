// What the programs that run on use from their start until they are ready and are ended: CPU time of all threads, most
// memory. Against an earlier checkout if one is given.
//
//   pnpm bench start [--base DIR] [--repetitions 20]
import { once } from "node:events";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { freePort, listening } from "../e2e/src/processes.ts";
import { baseCheckout, type Checkout, here } from "./src/checkouts.ts";
import { limitTime, scratchFolder } from "./src/own-processes.ts";
import { printPairedRatios, printTable } from "./src/report.ts";
import { alternate, type Sample } from "./src/samples.ts";
import { wholeRun } from "./src/whole-run.ts";

const POLL_MS = 5;
const folder = scratchFolder();
const { values: given } = parseArgs({
  options: { base: { type: "string" }, repetitions: { type: "string", default: "20" } },
});

/** Ready when it has sent its first packets to the job server, which then goes away. */
async function worker({ worker: main }: Checkout): Promise<Sample> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const args = [
    `--server=127.0.0.1:${(server.address() as { port: number }).port}`,
    ...["--encryption=no", "--services=yes", "--debug=0", "--result_spool=off"],
    `--pidfile=${join(folder, "worker.pid")}`,
  ];
  return wholeRun({ main, args, ready: () => firstBytes(server) });
}

async function firstBytes(server: Server): Promise<void> {
  const received = Promise.withResolvers<void>();
  server.on("connection", (socket) => {
    socket
      .on("error", () => undefined)
      .once("data", () => {
        received.resolve();
        server.close();
        socket.destroy();
      });
  });
  await received.promise;
}

async function jobServer({ gearmand: main }: Checkout): Promise<Sample> {
  const port = await freePort();
  const files = [
    "--log-file=stderr",
    "--config-file=/dev/null",
    `--pid-file=${join(folder, "gearmand.pid")}`,
  ];
  const args = [`--port=${port}`, "--listen=127.0.0.1", "--verbose=ERROR", ...files];
  return wholeRun({ main, args, ready: () => listening(port) });
}

async function bridge({ bridge: main }: Checkout): Promise<Sample> {
  const path = join(folder, "bridge.sock");
  return wholeRun({ main, args: [`--bridge-socket=${path}`], ready: () => accepting(path) });
}

/** Resolves when something listens on the socket. */
async function accepting(path: string): Promise<void> {
  for (;;) {
    const socket = createConnection(path);
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

limitTime(600);
const base = given.base === undefined ? undefined : baseCheckout(given.base);
for (const [name, measure] of Object.entries({ worker, "job server": jobServer, bridge })) {
  const sides = {
    ours: () => measure(here),
    ...(base === undefined ? {} : { [base.name]: () => measure(base) }),
  };
  const samples = await alternate(sides, Number(given.repetitions), 1);
  printTable(`${name}, from start to end`, samples);
  const [ours = [], theirs = ours] = Object.values(samples);
  if (base !== undefined) printPairedRatios(ours, theirs, base.name);
}
