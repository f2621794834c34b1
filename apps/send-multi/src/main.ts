import { spoolAccess } from "@mod-gearman/delivery";
import { senderProcess } from "@mod-gearman/program";
import { run } from "./run.ts";
import { VERSION } from "./version.ts";

const { world, end } = senderProcess(process, VERSION);

void run({
  ...world,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  store: (folder, maxBytes) =>
    spoolAccess(folder, async (options) => {
      const { openSpool, SpooledJobs } = await import("./open-spool.ts");
      const store = openSpool({ folder, maxBytes, logger: { warn: world.printError } });
      return new SpooledJobs({ ...options, store });
    }),
}).then(end);
