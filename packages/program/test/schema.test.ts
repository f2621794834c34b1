import { ConfigError, optionsOf } from "@mod-gearman/config";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tableOf } from "../../config/scripts/programs.ts";
import { checkGearmanSchema } from "../../config/src/schemas/check-gearman.ts";
import { gearmandSchema } from "../../config/src/schemas/gearmand.ts";
import { moduleSchema } from "../../config/src/schemas/module.ts";
import { queueSchema } from "../../config/src/schemas/queue.ts";
import { sendGearmanSchema, sendMultiSchema } from "../../config/src/schemas/sender.ts";
import { topSchema } from "../../config/src/schemas/top.ts";
import { workerSchema } from "../../config/src/schemas/worker.ts";
import { loadAs } from "./loaders.ts";

/*
 * No program loads its schema: it reads by a table. Here both meet: what a loader accepts its schema accepts with an equal
 * value, and what a schema refuses no loader gives out.
 */

/** Without options that only loaders use. */
const SCHEMAS: Readonly<Record<string, Parameters<typeof tableOf>[0]>> = {
  worker: workerSchema.omit({ config: true, keyfile: true }),
  module: moduleSchema.omit({ config: true, keyfile: true }),
  send_gearman: sendGearmanSchema.omit({ config: true, keyfile: true }),
  send_multi: sendMultiSchema.omit({ config: true, keyfile: true }),
  check_gearman: checkGearmanSchema.omit({ keyfile: true }),
  gearman_top: topSchema,
  mod_gearman_queue: queueSchema,
  gearmand: gearmandSchema.omit({
    configFile: true,
    libdrizzleMysql: true,
    libtokyocabinetOptimize: true,
  }),
};

/** The options of a program without what its loader derives from them; undefined if it refuses the arguments. */
function load(program: string, argv: readonly string[]): Record<string, unknown> | undefined {
  try {
    const { functions, intervalGiven, command, ...options } = loadAs(program, argv).options as Record<
      string,
      unknown
    >;
    return options;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

const words = fc.oneof(
  fc.constantFrom("", "yes", "no", "off", "a,b", "[::1]:1", ":", "/m", "64M", "1K", "file", "local", "INFO"),
  fc.constantFrom("q:0:NEBCALLBACK_LOG_DATA", "q:0:99", "(", "user:group", "\\t", "$NAME", "ä".repeat(300)),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const numbers = fc.oneof(
  fc.constantFrom(-2, -1, 0, 0.5, 1, 2, 3, 4, 60, 255, 256, 65_535, 65_536, 86_401, 2_147_483_647),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e10, max: 1e10 })
    .map((value) => Number(value.toFixed(3))),
);

describe.for(Object.entries(SCHEMAS))("%s", ([program, schema]) => {
  const options = optionsOf(tableOf(schema)).map(({ option, meta }) => ({ option, key: meta.key }));
  const argument = fc
    .tuple(fc.constantFrom(...options), fc.oneof(words, numbers.map(String)))
    .map(([{ option }, value]) => `--${option}=${value}`);

  test("the schema accepts the same values as the program", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 4 }), (argv) => {
        const read = load(program, argv);
        if (read === undefined) return;
        accepted += 1;
        expect(schema.parse(read)).toEqual(read);
      }),
    );
    expect(accepted).toBeGreaterThan(10);
  });

  test("values that the schema refuses are refused or replaced by the program", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...options), fc.oneof(numbers, words), ({ option, key }, value) => {
        if (schema.shape[key]?.safeParse(value).success) return;
        refused += 1;
        const read = load(program, [`--${option}=${value}`]);
        if (read !== undefined) expect(read[key]).not.toEqual(value);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(30);
  });
});
