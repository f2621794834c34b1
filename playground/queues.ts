// Prints the queues and the connected workers of a job server.
// Run: node --conditions=source playground/queues.ts HOST:PORT
import { AdminConnection } from "@mod-gearman/client";

const [address = "127.0.0.1:4730"] = process.argv.slice(2);
const at = address.lastIndexOf(":");
const server = { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
const commands = ["version", "status", "workers"];
const replies = await AdminConnection.query(server, commands, { timeoutMs: 5000 });
for (const [index, reply] of replies.entries()) {
  const lines = reply.kind === "table" ? reply.lines : [reply.line];
  process.stdout.write(`${commands[index]}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
