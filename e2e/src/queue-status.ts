import { once } from "node:events";
import { connect } from "node:net";

/** Jobs per queue from the admin protocol, waiting and running ones together. */
export async function jobsInQueues(port: number): Promise<Map<string, number>> {
  const socket = connect(port, "127.0.0.1");
  const text = { received: "" };
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text.received += chunk;
    if (text.received.endsWith(".\n")) socket.end();
  });
  socket.write("status\n");
  await once(socket, "close");
  const rows = text.received.split("\n").map((line) => line.split("\t"));
  return new Map(rows.flatMap(([name = "", total]) => (total === undefined ? [] : [[name, Number(total)]])));
}
