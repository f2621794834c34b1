import { ageText, alignColumns, bytesText, type Cell } from "./columns.ts";
import { type QueueRow, type QueueTable, readQueues } from "./queue-row.ts";
import { nameText, type ServerTalk } from "./server-talk.ts";
import type { World } from "./world.ts";

const RED = 31;
const YELLOW = 33;
const COLOURS: Readonly<Record<string, number>> = { paused: YELLOW, stalled: RED };
const HEADS = ["QUEUE", "STATE", "WAITING", "RUNNING", "WORKERS", "OLDEST", "BYTES"];

type Output = Pick<World, "stdout" | "stderr" | "columns" | "hasColours">;

/** Prints the queues of all servers. @returns exit code */
export async function list(talks: readonly ServerTalk[], json: boolean, output: Output): Promise<number> {
  const tables = await Promise.all(talks.map(async (talk) => ({ talk, table: await readQueues(talk) })));
  if (json) output.stdout(`${JSON.stringify({ servers: tables.map(jsonOf) }, undefined, 2)}\n`);
  for (const { talk, table } of tables) {
    if (typeof table === "string") output.stderr(`mod_gearman_queue: ${talk.name}: ${table}\n`);
    else if (!json) printTable(talk.name, table, talks.length > 1, output);
  }
  return tables.some(({ table }) => typeof table === "string") ? 1 : 0;
}

function printTable(server: string, { rows }: QueueTable, hasTitle: boolean, output: Output): void {
  const { columns, hasColours } = output;
  const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const cells = [HEADS.map((text): Cell => ({ text })), ...sorted.map(cellsOf)];
  output.stdout(`${hasTitle ? `${server}\n` : ""}${alignColumns(cells, columns, hasColours)}`);
}

function cellsOf(row: QueueRow): Cell[] {
  const { state, waiting, running, workers, ageSeconds, bytes } = row;
  const isAlone = waiting > 0 && workers === 0;
  return [
    { text: nameText(row.name) },
    { text: state ?? "-", colour: state === undefined ? undefined : COLOURS[state] },
    { text: String(waiting) },
    { text: String(running) },
    { text: String(workers), colour: isAlone ? RED : undefined },
    { text: ageSeconds === undefined ? "-" : ageText(ageSeconds) },
    { text: bytes === undefined ? "-" : bytesText(bytes) },
  ];
}

function jsonOf({ talk, table }: { talk: ServerTalk; table: QueueTable | string }) {
  if (typeof table === "string") return { server: talk.name, error: table };
  const queues = table.rows.map(({ name, ...row }) => ({ queue: jsonName(name), ...row }));
  return { server: talk.name, kind: table.kind, queues };
}

/** Text of the bytes; bytes that are no UTF-8 become U+FFFD. */
export function jsonName(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}
