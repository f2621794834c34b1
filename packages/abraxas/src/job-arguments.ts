import { omitUndefined } from "@mod-gearman/base";
import { ClientError, type ForegroundJob, randomUnique } from "@mod-gearman/client";

const MAX_ARGUMENT_BYTES = 63; // its parser gives up at 64 (job-server.md 8)

/** A job as abraxas expects it: copies, as it sends in a later turn of the event loop. Internal to the package. */
export class JobArguments {
  readonly name: Buffer;
  readonly data: Buffer;
  readonly options: { encoding: "buffer"; priority?: "high" | "low"; uniqueid: Buffer };
  /** Equal for two submits that the server joins into one job. */
  readonly coalescingKey: string | undefined;

  /** @throws ClientError BAD_ARGUMENT, UNSUPPORTED */
  constructor(job: ForegroundJob) {
    const { function: name, unique, data, priority } = job;
    if (name.length === 0) throw new ClientError("BAD_ARGUMENT", "the function is empty");
    for (const argument of [name, unique]) {
      if (argument?.includes(0)) throw new ClientError("BAD_ARGUMENT", "NUL_IN_ARGUMENT");
    }
    if ((unique?.length ?? 0) > MAX_ARGUMENT_BYTES)
      throw new ClientError(
        "BAD_ARGUMENT",
        `unique name too long (${unique?.length} > ${MAX_ARGUMENT_BYTES})`,
      );
    if (name.length > MAX_ARGUMENT_BYTES)
      throw new ClientError("UNSUPPORTED", "abraxas does not support function names of 64 bytes and more");
    this.name = Buffer.from(name);
    this.data = Buffer.from(data);
    const isOne = unique !== undefined && unique.length > 0;
    this.options = {
      encoding: "buffer",
      ...omitUndefined({ priority: priority === "normal" ? undefined : priority }),
      uniqueid: isOne ? Buffer.from(unique) : randomUnique(),
    };
    this.coalescingKey = isOne ? `${name.toString("latin1")}\0${unique.toString("latin1")}` : undefined;
  }
}
