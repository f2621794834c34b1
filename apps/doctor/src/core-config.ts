import { dirname, resolve } from "node:path";
import type { Machine } from "./world.ts";

const MAX_BYTES = 1_048_576;

/** One `broker_module=` line. */
export interface BrokerLine {
  /** File of the module. */
  readonly file: string;
  /** The rest of the line. */
  readonly args: string;
}

/** Main configuration file of a core: `name=value` lines, the last of a name counts except for names that accumulate. */
export class CoreConfig {
  readonly path: string;
  readonly #values = new Map<string, string[]>();

  constructor(path: string, text: string) {
    this.path = path;
    for (const line of text.split("\n")) {
      const match = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
      if (match === null) continue;
      const [, name = "", value = ""] = match;
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** @returns undefined if the file cannot be read */
  static read(path: string, machine: Machine): CoreConfig | undefined {
    const bytes = machine.read(path, MAX_BYTES);
    return bytes === undefined ? undefined : new CoreConfig(path, bytes.toString("latin1"));
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** A path; the core takes relative ones from the folder of its configuration file. */
  file(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined || value === "" ? undefined : this.resolve(value);
  }

  resolve(path: string): string {
    return resolve(dirname(this.path), path);
  }

  get brokerLines(): readonly BrokerLine[] {
    return this.all("broker_module").map((line) => {
      const [file = "", ...args] = line.split(" ");
      return { file, args: args.join(" ").trim() };
    });
  }
}

/** Whether a module's file is ours or one of the classic suite, which has the same names. */
export function isModGearman({ file }: BrokerLine): boolean {
  return /mod_gearman[^/]*\.s?o$/.test(file);
}
