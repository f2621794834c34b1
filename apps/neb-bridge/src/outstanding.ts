import { isSameServer, type ServerAddress, type Timer } from "@mod-gearman/base";
import type { SubmittedJob } from "@mod-gearman/client";
import type { CheckResult, Micros } from "@mod-gearman/payload";
import { AnsweredChecks } from "./answered-checks.ts";
import {
  type AcceptedCheck,
  type Claim,
  type ClaimedEvent,
  checkOf,
  formerRow,
  isFormer,
  type OutstandingCheck,
  type Row,
} from "./check-row.ts";
import { Inquiry, type InquiryOptions, type Loss } from "./inquiry.ts";
import { objectUnique, type PlainJob } from "./jobs.ts";
import { jobIdOf, KeptJobs } from "./kept-jobs.ts";
import { MoveReport, whyGone } from "./move-report.ts";
import { objectKey } from "./object-key.ts";
import { isSameHandle, type RowHandle, RowHandles } from "./row-handles.ts";

export interface OutstandingOptions extends InquiryOptions {
  readonly onLost: (check: OutstandingCheck, loss: Loss) => void;
  /** A line about checks that were put on a server again, once all have been seen to. */
  readonly onMoved: (text: string) => void;
  /** Puts a job on a server that takes jobs. */
  readonly submit: (job: PlainJob) => Promise<SubmittedJob>;
  /** More checks than this are not watched; counted in `unwatched`. */
  readonly maxChecks: number;
  /** Bytes of job texts that are kept for another server. A check without is run again by the core. */
  readonly maxKeptBytes: number;
  /** Objects remembered of which a run may have a second result. */
  readonly maxAnswered: number;
}

/** Limits for a core of a million checks. */
export const OUTSTANDING_LIMITS = {
  graceMs: 15_000,
  deliveryMs: 5_000,
  maxDeliveryMs: 600_000,
  sweepMs: 1000,
  maxChecks: 2_000_000,
  maxKeptBytes: 64 * 1024 * 1024,
  maxAnswered: 100_000,
};

/** A check that was lost with so many servers in a row goes back to the core. */
const MAX_MOVES = 5;

/**
 * Remembers each accepted check until its result arrives, so that a job lost with its job server does not leave a check
 * "executing" without end. The cost of a step does not depend on the number of checks.
 */
export class OutstandingChecks {
  readonly #options: OutstandingOptions;
  readonly #rows = new Map<string, Row>();
  readonly #claims = new Map<string, Claim>();
  readonly #byUnique = new Map<string, string>();
  readonly #inquiry: Inquiry;
  readonly #kept: KeptJobs;
  readonly #handles = new RowHandles();
  readonly #answered: AnsweredChecks;
  /** Answered by the bridge; their jobs may still wait. */
  readonly #waiting = new Map<string, RowHandle & Pick<Row, "coreTime">>();
  #timer: Timer | undefined;
  readonly #moves: MoveReport;
  unwatched = 0;
  lost = 0;
  /** Results of runs that had one already. */
  second = 0;

  constructor(options: OutstandingOptions) {
    this.#options = options;
    this.#moves = new MoveReport(options.onMoved);
    this.#inquiry = new Inquiry(options, {
      isCurrent: (row) => this.#rows.get(row.key) === row,
      move: (row) => this.#move(row),
      lose: (row, loss) => this.#lose(row, loss),
    });
    this.#kept = new KeptJobs(options.maxKeptBytes);
    this.#answered = new AnsweredChecks(options.maxAnswered);
    this.#arm();
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Checks that were put on another server, or again on one that had forgotten them. */
  get moved(): number {
    return this.#moves.moved;
  }

  /** Checks that were put on a server again since the first result of their job is refused. */
  get repeated(): number {
    return this.#moves.repeated;
  }

  /** Age of the oldest accepted check, milliseconds; 0 without one. */
  get oldestMs(): number {
    const [oldest] = this.#rows.values();
    return oldest === undefined ? 0 : this.#now() - oldest.acceptedAt;
  }

  /** The check of one object whose result has not come. */
  underWay(key: string): Row | Claim | undefined {
    const claim = this.#claims.get(key);
    return this.#rows.get(key) ?? (claim?.answered === false ? claim : undefined);
  }

  /** All checks; they may change while they are gone through. */
  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /**
   * The bridge answers a check itself: what its job may bring later is dropped.
   *
   * @returns false when its result has come meanwhile
   */
  answer(row: Row): boolean {
    if (this.#rows.get(row.key) !== row) return false;
    this.#answered.add(row.key, row.coreTime, this.#now());
    if (this.#waiting.size < this.#options.maxAnswered) {
      const { handlePrefix, handleNumber, coreTime } = row;
      this.#waiting.set(row.key, { handlePrefix, handleNumber, coreTime });
    }
    this.#drop(row);
    return true;
  }

  /**
   * A check was put on the job server while the job of one that the bridge had answered still waits there. With the same
   * unique key it is that job: the one result is for this check.
   *
   * @returns planned time that the result will have; undefined for a job of its own
   */
  #joined(key: string, handle: RowHandle): number | undefined {
    const former = this.#waiting.size === 0 ? undefined : this.#waiting.get(key);
    if (former === undefined) return undefined;
    this.#waiting.delete(key);
    if (!isSameHandle(former, handle)) return undefined;
    this.#answered.forget(key, former.coreTime);
    return former.coreTime;
  }

  /** Whether a job of an object is on a job server, or on its way there. */
  isUnderWay(key: string): boolean {
    return this.#rows.has(key) || this.#claims.has(key);
  }

  /** True if a job of *another* object, watched or being submitted, has this unique key. */
  isTaken(unique: string, key: string): boolean {
    const owner = this.#byUnique.get(unique);
    return owner !== undefined && owner !== key;
  }

  /** A job is about to be submitted. Exactly one of {@link accept} and {@link release} must follow. */
  claim(key: string, unique: string, event?: ClaimedEvent): Claim {
    const state = { answered: false, doubled: false, isForfeit: false };
    const claim: Claim = { key, unique, acceptedAt: this.#now(), event, ...state };
    this.#claims.set(key, claim);
    if (unique !== "") this.#byUnique.set(unique, key);
    return claim;
  }

  /** The job of a claim is on a job server. */
  accept(claim: Claim, check: AcceptedCheck): void {
    const { key, unique, event } = claim;
    const { plain, coreTime } = check;
    const bounded = this.#rows.size >= this.#options.maxChecks && !this.#rows.has(key);
    if (bounded) this.unwatched += 1;
    if (claim.answered && claim.doubled) this.#answered.add(key, Number(coreTime), this.#now());
    if (bounded || claim.answered) {
      this.release(claim);
      return;
    }
    const former = this.#rows.get(key);
    if (former !== undefined) this.#drop(former); // the core runs the same object again: the newer job counts
    const job = this.#kept.keep(plain, unique);
    const handle = this.#handles.of(check.handle);
    const planned = this.#joined(key, handle) ?? Number(coreTime);
    const row: Row = {
      handlePrefix: handle.handlePrefix,
      handleNumber: handle.handleNumber,
      queue: job?.queue ?? plain.queue.toString("latin1"),
      key,
      id: unique === "" ? check.handle.toString("latin1") : unique,
      named: unique !== "",
      server: check.server,
      acceptedAt: claim.acceptedAt,
      takenBeforeMs: event?.taken_time === undefined ? -1 : this.#before(claim, Number(event.taken_time)),
      plannedBeforeMs: this.#before(claim, planned),
      queuedAfterMs: this.#now() - claim.acceptedAt,
      timeoutMs: check.timeoutMs,
      coreTime: planned,
      job,
      moves: 0,
      doubled: claim.doubled,
      doubted: false,
      isForfeit: claim.isForfeit || (former?.isForfeit === true && isSameHandle(former, handle)),
      missingSince: undefined,
      unaskedSince: undefined,
      bucket: undefined,
    };
    this.#add(row);
    if (row.isForfeit) this.#inquiry.askSoon(row);
    if (this.#claims.get(key) === claim) this.#claims.delete(key);
  }

  /**
   * A check that the core has handed to a bridge before this one, and that is in no table here. The servers are asked for its job as for
   * those of a server that was away.
   *
   * @param server any of them
   */
  adopt(key: string, server: ServerAddress): void {
    if (this.#rows.size >= this.#options.maxChecks) {
      this.unwatched += 1;
      return;
    }
    const unique = objectUnique(key, (one) => this.isTaken(one, key));
    this.#byUnique.set(unique, key);
    const row = formerRow(key, unique, server, this.#now());
    this.#add(row);
    this.#inquiry.askSoon(row);
  }

  /** The job of a claim is on no job server. */
  release(claim: Claim): void {
    if (this.#claims.get(claim.key) === claim) this.#claims.delete(claim.key);
    this.#freeUnique(claim.unique, claim.key);
  }

  /**
   * The result of its job has come, and cannot be taken: once the server has forgotten the job, another worker gets it. A check that
   * is lost so again and again goes back to the core.
   *
   * @param jobId of that job
   */
  repeat(key: string, jobId: string): void {
    const row = this.#rows.get(key);
    const claim = this.#claims.get(key);
    if (claim !== undefined && (row?.job === undefined || jobIdOf(row.job) !== jobId)) {
      claim.isForfeit = true; // it was faster than the acknowledgement of its job
      return;
    }
    if (row === undefined || row.isForfeit) return; // a flood of such results must not put the question off
    row.isForfeit = true;
    if (row.bucket !== undefined) this.#inquiry.askSoon(row);
  }

  /**
   * Whether a result is the second one of a run, to be dropped.
   *
   * @param now time of day
   */
  isSecond(
    result: Pick<CheckResult, "hostName" | "serviceDescription" | "coreStartTime">,
    now: () => Micros,
  ): boolean {
    if (this.#answered.isEmpty) return false;
    const key = objectKey(result.hostName, result.serviceDescription);
    const isExpected = this.#rows.has(key) || this.#claims.has(key);
    const at = { isExpected, now: now(), nowMs: this.#now() };
    if (!this.#answered.isSecond(key, result.coreStartTime, at)) return false;
    this.#waiting.delete(key);
    this.second += 1;
    return true;
  }

  /**
   * Its result arrived.
   *
   * @returns its row, or its claim if the acknowledgement has not come yet; undefined if there was no such check, or not of this bridge
   */
  remove(hostName: Buffer, serviceDescription: Buffer | undefined): Row | Claim | undefined {
    const key = objectKey(hostName, serviceDescription);
    const claim = this.#claims.get(key);
    if (claim !== undefined) claim.answered = true;
    const row = this.#rows.get(key);
    if (row !== undefined) {
      if (row.doubled) this.#answered.add(key, row.coreTime, this.#now());
      this.#drop(row);
    }
    return row !== undefined && isFormer(row) ? undefined : (row ?? claim);
  }

  /**
   * The connection to `server` was lost, or is back: every job put there before is in doubt. Jobs on another
   * server are not, because this one would know nothing of them.
   *
   * @param isSilent the server has not answered for seconds: its checks have waited for long enough. Otherwise they wait
   * for the next sweep, as it may be back by then
   */
  doubtAll(server: ServerAddress, isSilent = false): void {
    this.#inquiry.doubt(server, this.#doubted(server));
    if (isSilent) this.#inquiry.sweep();
  }

  close(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rows.clear();
    this.#claims.clear();
    this.#byUnique.clear();
    this.#inquiry.clear();
  }

  *#doubted(server: ServerAddress): Generator<Row> {
    for (const row of this.#rows.values()) {
      if (!isSameServer(row.server, server) && !isFormer(row)) continue;
      row.doubted = true;
      if (row.bucket !== undefined) yield row;
    }
  }

  #add(row: Row): void {
    this.#rows.set(row.key, row);
    this.#inquiry.watch(row);
  }

  /** Milliseconds from a time of the shim to the arrival at the bridge: both have the same clock. */
  #before({ acceptedAt }: Claim, micros: number): number {
    const { clock } = this.#options;
    const acceptedMs = clock.wallMs() - (this.#now() - acceptedAt);
    return Math.max(0, Math.trunc(acceptedMs - micros / 1000));
  }

  /** Time of day. */
  #wallMicros(monotonicMs: number): number {
    const { clock } = this.#options;
    return (clock.wallMs() - (clock.monotonicMs() - monotonicMs)) * 1000;
  }

  /** Whole milliseconds, which need no memory of their own in a row. */
  #now(): number {
    return Math.trunc(this.#options.clock.monotonicMs());
  }

  /** @param row the current one of its object */
  #drop(row: Row): void {
    this.#rows.delete(row.key);
    this.#inquiry.forget(row);
    if (row.job !== undefined) this.#kept.release(row.job);
    if (row.named) this.#freeUnique(row.id, row.key);
  }

  #freeUnique(unique: string, key: string): void {
    if (this.#byUnique.get(unique) !== key) return;
    const row = this.#rows.get(key);
    if (row?.named === true && row.id === unique) return;
    if (this.#claims.get(key)?.unique === unique) return;
    this.#byUnique.delete(unique);
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#inquiry.sweep();
      this.#moves.report();
      this.#arm();
    }, this.#options.sweepMs);
  }

  /** Its job went with a server, or waits on one that is out of reach: another one gets it, or the core runs it again. */
  #move(row: Row): Promise<void> | undefined {
    const { job, moves } = row;
    if (job === undefined || moves >= MAX_MOVES) {
      this.#lose(row, { why: whyGone(row), isOverdue: false });
      return undefined;
    }
    row.doubled = true;
    return this.#options.submit(this.#kept.plain(job)).then(({ handle, server }) => {
      if (this.#rows.get(row.key) !== row) return; // its result came meanwhile
      this.#moves.add(row);
      this.#add({
        ...row,
        isForfeit: false,
        ...this.#handles.of(handle),
        id: row.named ? row.id : handle.toString("latin1"),
        server,
        moves: moves + 1,
        queuedAfterMs: this.#now() - row.acceptedAt,
        doubted: false,
        missingSince: undefined,
        unaskedSince: undefined,
      });
    });
  }

  #lose(row: Row, loss: Loss): void {
    if (isFormer(row)) this.#answered.addUntil(row.key, this.#wallMicros(row.acceptedAt), this.#now());
    else if (loss.isOverdue || row.doubled) this.#answered.add(row.key, row.coreTime, this.#now());
    this.#drop(row);
    this.lost += 1;
    if (!loss.isOverdue) this.#moves.giveBack(row);
    this.#options.onLost(checkOf(row), loss);
  }
}
