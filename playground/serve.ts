// Starts a job server inside this process; end with Ctrl-C. Nothing is kept on disk.
// Run: node --conditions=source playground/serve.ts [PORT]
import { createJobServer } from "@mod-gearman/server";

const server = createJobServer({ port: Number(process.argv[2] ?? 0), listen: "127.0.0.1" });
const { address, port } = await server.listen();
process.stdout.write(`listening on ${address}:${port}\n`);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    const { accepted, jobsMade, jobs } = server.stats();
    process.stdout.write(`${accepted} connections, ${jobsMade} jobs, ${jobs} of them not done\n`);
    void server.close();
  });
}
