import { dirname, resolve } from "node:path";

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

  /** @param text of the file, latin1 */
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
