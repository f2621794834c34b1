import { ConfigError, type TraceOptions } from "@mod-gearman/config";
import {
  bridgePages,
  CoreConfig,
  loadModule,
  moduleHops,
  NoBridgePages,
  SitePlaces,
} from "@mod-gearman/program";
import { messageOf, NoTrace, type Target } from "./bridge-answers.ts";
import { type Followed, follow } from "./follow.ts";
import { EXIT, printLate, printTrace, printTraceJson } from "./trace-report.ts";
import type { World } from "./world.ts";

/**
 * Follows the next run of a check, and prints where its time went.
 *
 * @returns exit code of a plugin: 0 traced, 2 not finished in time, 3 nothing can be traced
 */
export async function run(options: TraceOptions, world: World): Promise<number> {
  const service = options.service?.toString() ?? null;
  try {
    const target = targetOf(
      options.host.toString(),
      service,
      bridgePages(options, placesOf(world), world.files),
    );
    const followed = await follow(target, options, world, () => schedule(target, options, world));
    world.stdout(textOf(target, followed, options, formsOf(options, world)));
    return followed.end === "finished" ? EXIT.ok : EXIT.critical;
  } catch (error) {
    if (!(error instanceof NoTrace || error instanceof NoBridgePages)) throw error;
    world.stdout(`TRACE UNKNOWN - ${error.message}\n`);
    return EXIT.unknown;
  }
}

function textOf(
  { host, service }: Target,
  followed: Followed,
  { json }: TraceOptions,
  forms: readonly string[],
): string {
  const { check, end } = followed;
  if (json) return printTraceJson({ host, service }, followed, forms);
  if (end === "finished" && check !== undefined) return printTrace(check, forms);
  return printLate({ host, service }, followed, forms);
}

/** Which form each hop speaks, if the configuration of the module is on this machine and can be read. */
function formsOf({ moduleConfig }: TraceOptions, world: World): string[] {
  const file = moduleConfig ?? placesOf(world).module();
  try {
    return file === undefined ? [] : moduleHops(loadModule(`config=${file}`, "/", world.files).options);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function targetOf(host: string, service: string | null, base: string): Target {
  const url = new URL("api/checks", base);
  url.searchParams.set("host", host);
  if (service !== null) url.searchParams.set("service", service);
  return { host, service, url: url.href, siteUrl: new URL("api/site", base).href };
}

function placesOf({ read, siteFolder }: World): SitePlaces {
  return new SitePlaces((path) => read(path) !== undefined, siteFolder);
}

/** Asks the core for a run now. */
function schedule({ host, service }: Target, options: TraceOptions, world: World): void {
  const path = options.commandFile ?? commandFileOf(options, world);
  if (/[;\r\n]/.test(`${host}${service ?? ""}`))
    throw new NoTrace("a name with ; or a line break cannot be scheduled");
  const second = world.nowMicros() / 1_000_000n;
  const command =
    service === null ? `SCHEDULE_FORCED_HOST_CHECK;${host}` : `SCHEDULE_FORCED_SVC_CHECK;${host};${service}`;
  try {
    world.writePipe(path, `[${second}] ${command};${second}\n`);
  } catch (error) {
    throw new NoTrace(`the core's command file ${path} cannot be written: ${messageOf(error)}`);
  }
}

function commandFileOf({ coreConfig }: TraceOptions, world: World): string {
  const file = coreConfig ?? placesOf(world).core();
  const path =
    file === undefined ? undefined : new CoreConfig(file, world.read(file) ?? "").file("command_file");
  if (path !== undefined) return path;
  throw new NoTrace(
    `${file ?? "no configuration file of a core"} names no command_file: give --command-file=PATH`,
  );
}
