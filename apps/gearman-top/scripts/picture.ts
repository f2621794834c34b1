// Creates docs/images/gearman_top.svg: the built program on a real terminal, with a job server that simulates
// a day.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FakeJobServer } from "@mod-gearman/testkit";
import { Pane } from "../test/pane.ts";
import { playing, type Scene } from "../test/scene.ts";
import { printSvg } from "./svg.ts";

const PICTURE = fileURLToPath(new URL("../../../docs/images/gearman_top.svg", import.meta.url));
const SIZE = { columns: 118, rows: 24 };
const ROUNDS = 30;

/** Answers of the servers in each round: `name, total, running, workers`. */
const MAIN = (at: number) => [
  ["check_results", at % 7 === 0 ? 3 : 0, 0, 1],
  ["eventhandler", 0, 0, 12],
  ["host", 2 + ((at * 5) % 4), 2, 12],
  ["hostgroup_dmz", 4 + at, 0, 0],
  ["notification", 0, 0, 12],
  ["service", 12 + ((at * 37) % 29), 12, 12],
  ["servicegroup_oracle", 2 + Math.floor((at * at) / 9), 2, 2],
  ["worker_mon1", 0, 0, 1],
  ["worker_mon2", 0, 0, 1],
];
const SITE = (at: number) => [
  ["hostgroup_münchen", at % 3, at % 2, 4],
  ["servicegroup_münchen", 9 + ((at * 11) % 7), 4, 4],
];

/** A server whose last answer is repeated. */
async function serve(
  table: (at: number) => (string | number)[][],
): Promise<{ server: FakeJobServer; address: string }> {
  const scene: Scene = { status: "" };
  const script = playing(scene);
  let round = 0;
  const server = new FakeJobServer({
    onLine: (line, peer) => {
      if (line === "status") {
        const rows = table(Math.min(round++, ROUNDS));
        scene.status = rows.map((row) => `${row.join("\t")}\n`).join("");
      }
      script.onLine?.(line, peer);
    },
  });
  const { host, port } = await server.listen();
  return { server, address: `${host}:${port}` };
}

const closing: (() => void | Promise<void>)[] = [];
const context = { onTestFinished: (fn: () => void | Promise<void>) => void closing.push(fn) };
try {
  const servers = await Promise.all([serve(MAIN), serve(SITE)]);
  for (const { server } of servers) closing.push(() => server.close());
  const hosts = servers.flatMap(({ address }) => ["-H", address]);
  const pane = Pane.start(context, ["--colours", "-i", "0.25", ...hosts], SIZE);
  await pane.shows("service");
  pane.keys("t", "j", "?");
  await pane.shows(new RegExp(`hostgroup_dmz .* ${4 + ROUNDS} `));
  const addresses = ["monitor:4730", "site2:4730"];
  const lines = pane
    .styledLines()
    .map((line) =>
      servers
        .reduce((text, { address }, at) => text.replace(address, addresses[at] ?? address), line)
        .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "2026-11-21 08:03:00"),
    );
  writeFileSync(PICTURE, printSvg(lines, SIZE.columns));
  pane.keys("q");
  await pane.shows("exit code 0");
} finally {
  for (const close of closing.reverse()) await close();
}
