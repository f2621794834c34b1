import type { z } from "zod";
import type { ProgramHelp } from "../src/help.ts";
import type { OptionRow, OptionTable } from "../src/option-row.ts";
import { bridgeSchema } from "../src/schemas/bridge.ts";
import { checkGearmanSchema } from "../src/schemas/check-gearman.ts";
import { doctorSchema } from "../src/schemas/doctor.ts";
import { enrollSchema } from "../src/schemas/enroll.ts";
import { gearmandSchema } from "../src/schemas/gearmand.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { queueSchema } from "../src/schemas/queue.ts";
import { optionRegistry, programRegistry } from "../src/schemas/registry.ts";
import { runSchema } from "../src/schemas/run.ts";
import { sendGearmanSchema, sendMultiSchema } from "../src/schemas/sender.ts";
import { topSchema } from "../src/schemas/top.ts";
import { traceSchema } from "../src/schemas/trace.ts";
import { workerSchema } from "../src/schemas/worker.ts";

/** A schema, the file it is in and the prefix of its constants. */
export interface Schema {
  readonly file: string;
  readonly prefix: string;
  readonly schema: z.ZodObject;
}

/** Every schema. */
export const schemas: readonly Schema[] = [
  { file: "bridge", prefix: "bridge", schema: bridgeSchema },
  { file: "check-gearman", prefix: "checkGearman", schema: checkGearmanSchema },
  { file: "doctor", prefix: "doctor", schema: doctorSchema },
  { file: "enroll", prefix: "enroll", schema: enrollSchema },
  { file: "gearmand", prefix: "gearmand", schema: gearmandSchema },
  { file: "module", prefix: "module", schema: moduleSchema },
  { file: "queue", prefix: "queue", schema: queueSchema },
  { file: "run", prefix: "run", schema: runSchema },
  { file: "sender", prefix: "sendGearman", schema: sendGearmanSchema },
  { file: "sender", prefix: "sendMulti", schema: sendMultiSchema },
  { file: "top", prefix: "top", schema: topSchema },
  { file: "trace", prefix: "trace", schema: traceSchema },
  { file: "worker", prefix: "worker", schema: workerSchema },
];

/** The table of a schema: all that is left of it at run time. */
export function tableOf(schema: z.ZodObject): OptionTable {
  const rows = Object.entries(schema.shape).map(([key, type]): [string, OptionRow] => {
    const metadata = optionRegistry.get(type);
    if (metadata === undefined) throw new Error(`${key}: no metadata`);
    const { option, ...row } = metadata;
    return [option, { key, ...row }];
  });
  return Object.fromEntries(rows);
}

/** What `--help` of a program is made of. */
export function helpOf(schema: z.ZodObject): ProgramHelp {
  const { usage = [], switches = [] } = programRegistry.get(schema) ?? {};
  return { usage, dashes: "--", table: tableOf(schema), switches };
}
