import { nodeFiles } from "@mod-gearman/config";
import { createJobStore } from "@mod-gearman/job-store";
import { createJobServer, type JobServer, type JobServerOptions } from "@mod-gearman/server";
import { RecordedService } from "@mod-gearman/testkit";
import { run as program } from "../src/run.ts";
import type { SystemCalls } from "../src/system-limits.ts";
import type { Wish, World } from "../src/world.ts";

/** A world that records the calls of the program. */
export class TestWorld implements World {
  argv: readonly string[] = [];
  readonly files = { ...nodeFiles, env: {} };
  readonly version = "1.2.3";
  readonly pid = 4711;
  readonly cwd = "/work folder";
  openSyslog: World["openSyslog"] = () => {
    throw new Error("no syslog asked for");
  };
  openFilesLimit: number | undefined = 1024;
  isDetached = false;
  calls: SystemCalls = { reason: "no addon here" };
  readonly createJobStore = createJobStore;
  hasLogger: () => boolean = () => true;
  printed = "";
  errors: string[] = [];
  logged = "";
  detached = 0;
  readonly service = new RecordedService();
  collections = 0;
  users: string[] = [];
  options: JobServerOptions | undefined;
  server: JobServer | undefined;
  wish: (wish: Wish) => void = () => undefined;
  readonly isListening: Promise<void>;
  #listening: () => void = () => undefined;

  readonly stderr = {
    writableLength: 0,
    destroyed: false,
    write: (text: string) => {
      this.logged += text;
      return true;
    },
  };

  constructor() {
    this.isListening = new Promise((resolve) => {
      this.#listening = resolve;
    });
  }

  systemCalls(): SystemCalls {
    return this.calls;
  }

  wallMs(): number {
    return Date.now();
  }

  print(text: string): void {
    this.printed += text;
  }

  printError(line: string): void {
    this.errors.push(line);
  }

  becomeUser(user: string): void {
    this.users.push(user);
  }

  async detach(): Promise<number> {
    this.detached += 1;
    return 7;
  }

  listening(): void {
    this.#listening();
  }

  onWish(handler: (wish: Wish) => void): void {
    this.wish = handler;
  }

  collectGarbage(): void {
    this.collections += 1;
  }

  createJobServer(options: JobServerOptions): JobServer {
    this.options = options;
    this.server = createJobServer(options);
    return this.server;
  }
}

/** Arguments for a server that touches nothing outside `folder`, unless overridden by `further`. */
export function quiet(folder: string, ...further: readonly string[]): string[] {
  const usual = [
    "--config-file=/dev/null",
    "--listen=127.0.0.1",
    "--port=0",
    `--pid-file=${folder}/pid`,
    "--log-file=stderr",
  ];
  const nameOf = (argument: string) => argument.split("=", 1)[0];
  const names = new Set(further.map(nameOf));
  return [...usual.filter((argument) => !names.has(nameOf(argument))), ...further];
}

/** Runs the program with these arguments. */
export function run(argv: readonly string[], world: TestWorld): Promise<number> {
  world.argv = argv;
  return program(world);
}
