import { ConfigError, type TraceOptions } from "@mod-gearman/config";
import { parseChecks, type TracedCheck } from "@mod-gearman/observe";
import {
  bridgePages,
  CoreConfig,
  loadModule,
  moduleHops,
  NoBridgePages,
  SitePlaces,
} from "@mod-gearman/program";
import { isCause, type JobPlace, parseSite, placeOf } from "./job-place.ts";
import { EXIT, printLate, printTrace, printTraceJson } from "./trace-report.ts";
import type { World } from "./world.ts";

const POLL_MS = 300;
const REQUEST_MS = 5000;
/** Between two looks at the job servers: the bridge makes a picture of them each second, with what workers reported since the former. */
const LOOK_AGAIN_MS = 1000;

/** Why nothing can be traced: UNKNOWN. */
class NoTrace extends Error {
  override readonly name: string = "NoTrace";
}

interface Target {
  readonly host: string;
  readonly service: string | null;
  /** Of its checks. */
  readonly url: string;
  /** Of the job servers as the bridge sees them. */
  readonly siteUrl: string;
}

/** How far a check has come. */
interface Followed {
  readonly check: TracedCheck | undefined;
  readonly isFinished: boolean;
  /** Of a job that is on its way, where that is known. */
  readonly place?: JobPlace | undefined;
}

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
    const followed = await follow(target, options, world);
    const place = await findJob(followed, target, world);
    world.stdout(textOf(target, { ...followed, place }, options, formsOf(options, world)));
    return followed.isFinished ? EXIT.ok : EXIT.critical;
  } catch (error) {
    if (!(error instanceof NoTrace || error instanceof NoBridgePages)) throw error;
    world.stdout(`TRACE UNKNOWN - ${error.message}\n`);
    return EXIT.unknown;
  }
}

function textOf(
  { host, service }: Target,
  { check, isFinished, place }: Followed,
  { json, timeoutSeconds }: TraceOptions,
  forms: readonly string[],
): string {
  if (json) return printTraceJson({ host, service }, { check, isFinished, place }, forms);
  if (isFinished && check !== undefined) return printTrace(check, forms);
  return printLate({ host, service }, { check, place }, timeoutSeconds, forms);
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function checksOf({ url }: Target, world: World): Promise<TracedCheck[]> {
  try {
    return parseChecks(await world.fetch(url, REQUEST_MS));
  } catch (error) {
    throw new NoTrace(`the bridge at ${new URL("/", url).href} cannot be asked: ${messageOf(error)}`);
  }
}

/** Each run of an object has another one. */
const acceptedAt = ({ timesMs }: TracedCheck): number => timesMs.accepted ?? 0;
const isDone = ({ timesMs }: TracedCheck): boolean => timesMs.applied !== null;

/** Waits for the next run: one that is under way, or a later one; with `now` only a later one. */
async function follow(target: Target, options: TraceOptions, world: World): Promise<Followed> {
  const { clock } = world;
  const endMs = clock.monotonicMs() + options.timeoutSeconds * 1000;
  const former = await checksOf(target, world);
  const old = former.filter((check) => options.now || isDone(check)).map(acceptedAt);
  const newestOld = Math.max(-Infinity, ...old);
  if (options.now) schedule(target, options, world);
  for (;;) {
    const fresh = (await checksOf(target, world)).filter((check) => acceptedAt(check) > newestOld);
    const check = fresh.at(-1); // the newest is the first
    if (check !== undefined && isDone(check)) return { check, isFinished: true };
    if (clock.monotonicMs() + POLL_MS > endMs) return { check, isFinished: false };
    await pause(POLL_MS, world);
  }
}

function pause(ms: number, { clock }: World): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}

/** Looks where the job of a check is that did not come back in time. */
async function findJob(
  { check, isFinished }: Followed,
  target: Target,
  world: World,
): Promise<JobPlace | undefined> {
  if (check === undefined || isFinished || check.timesMs.queued === null || check.timesMs.fetched !== null)
    return undefined;
  const first = await lookForJob(check, target, world);
  if (first === undefined || isCause(first)) return first;
  await pause(LOOK_AGAIN_MS, world);
  return lookForJob(check, target, world);
}

/** @returns undefined if the bridge does not tell: one of an older version has no such page */
async function lookForJob(
  check: TracedCheck,
  { siteUrl }: Target,
  world: World,
): Promise<JobPlace | undefined> {
  try {
    return placeOf(check, parseSite(await world.fetch(siteUrl, REQUEST_MS)));
  } catch {
    return undefined;
  }
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
