import { existsSync } from "node:fs";

import { command } from "./command.ts";

const LABEL = "mod-gearman-e2e";
const RUN = "MOD_GEARMAN_E2E_RUN";

/** Names this run, for the containers of its test processes. To be called once, in the main process. */
export function nameRun(): void {
  process.env[RUN] = String(process.pid);
}

/** Label with the run that a container belongs to. */
export function containerLabel(): string {
  return `${LABEL}=${process.env[RUN] ?? process.pid}`;
}

/** Of every container: by itself podman asks for more than a machine may grant. */
export const CONTAINER_LIMITS: readonly string[] = [
  ...["--ulimit", "nofile=20000:20000"],
  ...["--ulimit", "nproc=30000:30000"],
];

/**
 * Starts a container of this run in the background.
 *
 * @param words further options of `podman run`, image and command
 */
export async function runContainer(name: string, ...words: readonly string[]): Promise<void> {
  await command("podman", [
    ...["--runtime", "runc", "run", "--detach", "--name", name, "--label", containerLabel()],
    ...CONTAINER_LIMITS,
    ...words,
  ]);
}

/** @throws Error if the container still exists afterwards */
export async function removeContainer(id: string): Promise<void> {
  const remove = () => command("podman", ["rm", "--force", "--ignore", "--time", "1", id]);
  // podman gives up if the container ends just while it is being killed
  await remove().catch(remove);
}

/** Removes containers of this run and of ended runs; those of concurrent runs stay. */
export async function sweepContainers(): Promise<void> {
  const format = `{{.ID}} {{index .Labels "${LABEL}"}}`;
  const rows = await command("podman", ["ps", "--all", "--filter", `label=${LABEL}`, "--format", format]);
  for (const row of rows.split("\n").filter(Boolean)) {
    const [id = "", run = ""] = row.split(" ");
    if (run === process.env[RUN] || !existsSync(`/proc/${run}`)) await removeContainer(id);
  }
}
