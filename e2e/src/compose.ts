import { join } from "node:path";

import { attempt, command, type Ended } from "./command.ts";
import { CONTAINER_LIMITS, containerLabel } from "./containers.ts";
import { root } from "./paths.ts";
import type { SuiteImages } from "./suite-images.ts";

const FILE = join(root, "packaging/containers/compose.yaml");
const SERVICES = ["key", "server", "worker-1", "worker-2", "core"] as const;
const HEALTH = "/usr/lib/mod-gearman-ts/container/health";

export type Service = (typeof SERVICES)[number];

/** The services of compose.yaml, run by podman-compose. */
export class Compose {
  readonly #project = `mgcompose${process.pid}`;
  readonly #images: SuiteImages;

  constructor(images: SuiteImages) {
    this.#images = images;
  }

  /** @param more files whose settings are added */
  async up(more: readonly string[] = []): Promise<void> {
    const { prefix, tag } = this.#images;
    const run = ["--label", containerLabel(), ...CONTAINER_LIMITS].join(" ");
    await command("env", [
      ...[`IMAGES=${prefix}`, `TAG=${tag}`, "podman-compose", "--project-name", this.#project],
      ...["--podman-args=--runtime runc", `--podman-run-args=${run}`],
      ...[FILE, ...more].flatMap((file) => ["--file", file]),
      ...["up", "--detach"],
    ]);
  }

  /** Removes containers, volumes and network. */
  async down(): Promise<void> {
    for (const service of SERVICES) {
      const how = ["--force", "--ignore", "--volumes", "--time", "1"];
      await command("podman", ["rm", ...how, this.nameOf(service)]);
    }
    const label = `label=io.podman.compose.project=${this.#project}`;
    const volumes = await command("podman", ["volume", "ls", "--quiet", "--filter", label]);
    for (const volume of volumes.split("\n").filter(Boolean))
      await command("podman", ["volume", "rm", "--force", volume]);
    await command("podman", ["network", "rm", "--force", `${this.#project}_default`]);
  }

  nameOf(service: Service): string {
    return `${this.#project}_${service}_1`;
  }

  /** Runs a command in the container of a service. */
  exec(service: Service, ...words: string[]): Promise<Ended> {
    return attempt("podman", ["--runtime", "runc", "exec", this.nameOf(service), ...words]);
  }

  health(service: Service, what: "ready" | "alive" = "ready"): Promise<Ended> {
    return this.exec(service, HEALTH, what);
  }

  /** Standard output and standard error. */
  log(service: Service): Promise<string> {
    return attempt("podman", ["logs", this.nameOf(service)]).then(({ output }) => output);
  }

  /** Sends TERM and waits for the end, as long as `stop_grace_period` says. @returns its exit code */
  async stop(service: Service): Promise<number> {
    await command("podman", ["--runtime", "runc", "stop", "--time", "75", this.nameOf(service)]);
    const format = "{{.State.ExitCode}}";
    return Number(await command("podman", ["inspect", "--format", format, this.nameOf(service)]));
  }

  async start(service: Service): Promise<void> {
    await command("podman", ["--runtime", "runc", "start", this.nameOf(service)]);
  }
}
