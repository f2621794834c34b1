import type { Packet, SubmitPacket } from "@mod-gearman/protocol";
import { type FakeConnection, FakeJobServer } from "@mod-gearman/testkit";

interface QueuedJob {
  readonly handle: string;
  readonly queue: string;
  readonly data: Buffer;
}

/** The parts of a job server that a worker needs, in memory; records everything. */
export class MiniJobServer {
  readonly fake = new FakeJobServer({
    onPacket: (packet, connection) => this.#onPacket(packet, connection),
    onConnect: (connection) => void connection.closed.then(() => this.#onClosed(connection)),
  });
  /** Background jobs that clients have submitted: the results. */
  readonly submitted: SubmitPacket[] = [];
  readonly completed: { handle: string; data: string }[] = [];
  readonly failed: string[] = [];
  /** Handles of jobs that were queued again because the connection was closed. */
  readonly requeued: string[] = [];
  /** `accept`, `reject` with an ERROR packet, leave submits unanswered, or `hold` the answers until `release`. */
  submits: "accept" | "reject" | "ignore" | "hold" = "accept";
  /** Answers no echo request. */
  hangs = false;
  /** Leaves requests for a job unanswered until `releaseGrabs`. */
  holdsGrabs = false;
  #held: (() => void)[] = [];
  #heldGrabs: (() => void)[] = [];
  readonly #queue: QueuedJob[] = [];
  readonly #running = new Map<string, { job: QueuedJob; connection: FakeConnection }>();
  readonly #functions = new Map<FakeConnection, Set<string>>();
  readonly #sleeping = new Set<FakeConnection>();
  readonly name: string;
  #handles = 0;

  constructor(name = "H") {
    this.name = name;
  }

  /** Queues a job and wakes its workers. @returns its handle */
  put(queue: string, data: Buffer): string {
    const handle = `${this.name}:${++this.#handles}`;
    this.#queue.push({ handle, queue, data });
    this.#wake(queue);
    return handle;
  }

  /** Number of connections that have announced `queue`. */
  workers(queue: string): number {
    return [...this.#functions].filter(([connection, names]) => names.has(queue) && !connection.isClosed)
      .length;
  }

  /** Number of assigned jobs. */
  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  #onPacket(packet: Packet, connection: FakeConnection): void {
    const functions = this.#functions.get(connection) ?? new Set();
    this.#functions.set(connection, functions);
    switch (packet.name) {
      case "ECHO_REQ":
        if (!this.hangs) connection.send({ ...packet, name: "ECHO_RES" });
        break;
      case "SET_CLIENT_ID":
        break;
      case "CAN_DO":
        functions.add(packet.function.toString("latin1"));
        break;
      case "CANT_DO":
        functions.delete(packet.function.toString("latin1"));
        break;
      case "GRAB_JOB_UNIQ":
        if (this.holdsGrabs) this.#heldGrabs.push(() => this.#assign(connection, functions));
        else this.#assign(connection, functions);
        break;
      case "PRE_SLEEP":
        this.#sleeping.add(connection);
        for (const { queue } of this.#queue) this.#wake(queue);
        break;
      case "WORK_COMPLETE":
        this.completed.push({ handle: packet.handle.toString(), data: packet.data.toString() });
        this.#running.delete(packet.handle.toString());
        break;
      case "WORK_FAIL":
        this.failed.push(packet.handle.toString());
        this.#running.delete(packet.handle.toString());
        break;
      case "SUBMIT_JOB_BG":
        this.#take(packet, connection);
        break;
      default:
        throw new Error(`unexpected packet ${packet.name}`);
    }
  }

  #take(packet: SubmitPacket, connection: FakeConnection): void {
    if (this.submits === "ignore") return;
    if (this.submits === "reject") {
      connection.send({ name: "ERROR", code: Buffer.from("NO"), text: Buffer.from("not now") });
      return;
    }
    this.submitted.push(packet);
    const handle = Buffer.from(`${this.name}:r${this.submitted.length}`);
    const answer = () => connection.send({ name: "JOB_CREATED", handle });
    if (this.submits === "hold") this.#held.push(answer);
    else answer();
  }

  /** Sends the held answers. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const answer of held) answer();
  }

  /** Answers held requests for a job, the oldest first: `count` of them, or all and all later ones. */
  releaseGrabs(count?: number): void {
    if (count === undefined) this.holdsGrabs = false;
    for (const answer of this.#heldGrabs.splice(0, count ?? this.#heldGrabs.length)) answer();
  }

  #assign(connection: FakeConnection, functions: Set<string>): void {
    const at = this.#queue.findIndex(({ queue }) => functions.has(queue));
    const [job] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (job === undefined) {
      connection.send({ name: "NO_JOB" });
      return;
    }
    this.#running.set(job.handle, { job, connection });
    connection.send({
      name: "JOB_ASSIGN_UNIQ",
      handle: Buffer.from(job.handle),
      function: Buffer.from(job.queue),
      unique: Buffer.alloc(0),
      data: job.data,
    });
  }

  #wake(queue: string): void {
    for (const connection of [...this.#sleeping]) {
      if (!this.#functions.get(connection)?.has(queue)) continue;
      this.#sleeping.delete(connection);
      connection.send({ name: "NOOP" });
    }
  }

  #onClosed(connection: FakeConnection): void {
    this.#sleeping.delete(connection);
    for (const [handle, running] of this.#running) {
      if (running.connection !== connection) continue;
      this.#running.delete(handle);
      this.requeued.push(handle);
      this.#queue.push(running.job);
      this.#wake(running.job.queue);
    }
  }
}
