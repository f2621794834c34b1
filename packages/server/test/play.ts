import { expect } from "vitest";
import { message, readable, type Wire } from "./wire.ts";

/**
 * A conversation with a job server, one step per line, `<who> <what> …`, connections being opened at their first
 * use. Every byte that the server sends has to be foreseen, up to the last step.
 *
 * `C > …` sends a message (see `message` in wire.ts) and waits until the server is through with it;
 * `C >> …` sends without waiting; `C < …` expects these bytes next; `C <table a|b` expects the lines a and b, in
 * any order, and the dot; `C leaves` closes the connection, `C ends` half-closes it; `C closed` expects the server to
 * have closed it. Handles are `T:<n>`. `real: …` and `ours: …` are steps for one of the servers only.
 */
export interface Scene {
  readonly name: string;
  /** Why the two servers are expected to differ: a decision or defect of job-server.md. Needed with `real:` or `ours:`. */
  readonly because?: string;
  /** Options of both servers. */
  readonly options?: SceneOptions;
  readonly steps: readonly string[];
}

/** Options that scenes use, named as in `createJobServer`. */
export interface SceneOptions {
  readonly compat?: "1.1";
  readonly roundRobin?: true;
  readonly jobRetries?: number;
  readonly workerWakeup?: number;
  readonly exceptions?: true;
}

/** The server and connections of a scene. */
export interface Stage {
  readonly kind: "real" | "ours";
  connect(): Promise<Wire>;
}

/** Plays a scene; fails at the first byte that differs. */
export async function play(scene: Scene, stage: Stage): Promise<void> {
  const cast = new Map<string, Wire>();
  for (const written of scene.steps) {
    const [, only, step = ""] = /^(?:(real|ours): )?(.*)$/.exec(written) ?? [];
    if (only !== undefined && scene.because === undefined) throw new Error(`${scene.name}: because of what?`);
    if (only !== undefined && only !== stage.kind) continue;
    const who = step.split(" ", 1)[0] ?? "";
    const wire = cast.get(who) ?? (await stage.connect());
    cast.set(who, wire);
    await act(wire, step.slice(who.length + 1), written, () => [...cast.values()], stage);
  }
  for (const [who, wire] of cast) {
    await wire.sync();
    expect(readable(wire.pending), `${who} got more than foreseen`).toEqual([]);
    wire.leave();
  }
}

async function act(
  wire: Wire,
  action: string,
  written: string,
  wires: () => Wire[],
  stage: Stage,
): Promise<void> {
  const [verb = ""] = action.split(" ", 1);
  const what = action.slice(verb.length + 1);
  if (verb === ">" || verb === ">>") {
    wire.send(message("REQ", what));
    if (verb === ">") await wire.sync();
  } else if (verb === "<") {
    const wanted = message("RES", what);
    expect(readable(await wire.take(wanted.length)), written).toEqual(readable(wanted));
  } else if (verb === "<table") {
    const table = (await wire.takeThrough(".\n")).toString("latin1");
    const wanted = what === "" ? [] : what.replaceAll("\\t", "\t").split("|");
    expect(table.split("\n").sort(), written).toEqual([...wanted, ".", ""].sort());
  } else if (verb === "closed") {
    await wire.closed();
    expect(wire.isClosed, written).toBe(true);
  } else if (verb === "leaves" || verb === "ends") {
    if (verb === "leaves") wire.leave();
    else wire.end();
    await wire.closed();
    await noticed(wires().filter((one) => !one.isClosed).length, stage);
  } else {
    throw new Error(`what is ${written}`);
  }
}

/** Asks until the server has noticed that only `open` connections are left, besides the one that asks. */
async function noticed(open: number, stage: Stage): Promise<void> {
  const asking = await stage.connect();
  for (;;) {
    asking.send(Buffer.from("workers\n"));
    const lines = (await asking.takeThrough(".\n")).toString("latin1").split("\n");
    if (lines.length - 2 <= open + 1) break;
  }
  asking.leave();
  await asking.closed();
  if (stage.kind === "real") await allThreadsHaveAnswered(stage);
}

const GEARMAND_THREADS = 4;

/**
 * In gearmand a closed connection disappears from the list shortly before its jobs are notified. Threads get
 * new connections in turn: the thread in between has finished when it answers.
 */
async function allThreadsHaveAnswered(stage: Stage): Promise<void> {
  for (let n = 0; n < GEARMAND_THREADS; n++) {
    const one = await stage.connect();
    await one.sync();
    one.leave();
    await one.closed();
  }
}
