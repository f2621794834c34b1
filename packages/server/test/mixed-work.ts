import { connect, type Socket } from "node:net";
import { type Answer, Content, Dice, Mixer } from "./mixing.ts";

/** How much of everything. */
export interface MixedWorkOptions {
  readonly seed: number;
  readonly clients: number;
  readonly workers: number;
  readonly jobsPerClient: number;
  readonly mostBytes: number;
}

/** A job as its client wants it. */
interface Wanted {
  readonly id: number;
  readonly function: string;
  readonly unique: string;
  readonly reducer: string | undefined;
  readonly data: Buffer;
  heard: number;
}

const FUNCTIONS = 5;
const NAME_BYTES = 50;
const ID_BYTES = 9; // in front of the data
const DATA_PACKETS = 3; // before the last packet of a job
const SUBMITS = [7, 21, 33] as const;
const GRABS = [9, 30, 39] as const;
const ENDS = [13, 14, 25] as const;

/**
 * Many clients and workers over TCP at the same time, whose bytes are cut anywhere and mixed. Everything that
 * the server forwards is compared with the original.
 */
export class MixedWork {
  /** Stays empty if all is correct. */
  readonly faults: string[] = [];
  done = 0;
  readonly #options: MixedWorkOptions;
  readonly #dice: Dice;
  readonly #content: Content;
  readonly #mixers: Mixer[] = [];
  readonly #wanted: Wanted[] = [];
  readonly #byHandle = new Map<string, Wanted>();
  #tick: () => void = () => undefined;

  constructor(port: number, options: MixedWorkOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    this.#content = new Content(options.seed + 1, options.mostBytes);
    for (let n = 0; n < options.workers; n++) this.#addWorker(dial(port), n);
    for (let n = 0; n < options.clients; n++) this.#addClient(dial(port), n);
  }

  get total(): number {
    return this.#options.clients * this.#options.jobsPerClient;
  }

  /** Resolves when every client has received everything about its jobs, or at the first fault. */
  async run(): Promise<void> {
    while (this.done < this.total && this.faults.length === 0) {
      const busy = this.#mixers.filter((mixer) => !mixer.isDrained);
      for (let n = Math.min(busy.length, 3); n > 0; n--) this.#dice.pick(busy).sendSome(this.#pieceBytes());
      if (busy.length > 0) await new Promise((resolve) => setImmediate(resolve));
      else await this.#nextAnswer();
    }
  }

  leave(): void {
    for (const { socket } of this.#mixers) socket.destroy();
  }

  #nextAnswer(): Promise<void> {
    return new Promise((resolve) => {
      this.#tick = resolve;
    });
  }

  #pieceBytes(): number {
    return 1 + this.#dice.roll(this.#dice.pick([8, 100, 5000, 70_000, 200_000]));
  }

  #size(): number {
    return this.#dice.roll(this.#dice.pick([1, 40, 1000, 9000, 66_000, this.#options.mostBytes]));
  }

  #check(isRight: boolean, what: string): void {
    if (!isRight && this.faults.length < 10) this.faults.push(what);
  }

  #add(socket: Socket, take: (answer: Answer) => void): Mixer {
    const mixer = new Mixer(socket, (answer) => {
      take(answer);
      this.#tick();
    });
    socket.on("close", () => {
      this.#check(this.done === this.total, "a connection was closed");
      this.#tick();
    });
    this.#mixers.push(mixer);
    return mixer;
  }

  /** Other requests of a client, with their answers. */
  #aside(mixer: Mixer, answers: ((answer: Answer) => boolean)[], id: number): void {
    const kind = this.#dice.roll(4);
    if (kind === 0) {
      const data = this.#content.of(id, this.#size());
      mixer.request(16, data);
      answers.push(({ type, body }) => type === 17 && body.equals(data));
    } else if (kind === 1) {
      const word = this.#content.name(id, 20);
      mixer.text(word);
      const line = `ERR UNKNOWN_COMMAND Unknown+server+command${word}\r\n`;
      answers.push(({ type, body }) => type === 0 && body.toString("latin1") === line);
    } else if (kind === 2) {
      const handle = this.#content.name(id, 30);
      mixer.request(15, handle);
      const text = `${handle}\x000\x000\x000\x000`;
      answers.push(({ type, body }) => type === 20 && body.toString("latin1") === text);
    } else {
      mixer.request(22, this.#content.name(id, 100)); // without answer
    }
  }

  #addClient(socket: Socket, number: number): void {
    const answers: ((answer: Answer) => boolean)[] = [];
    const mixer = this.#add(socket, (answer) => {
      if ([12, 13, 14, 25, 28].includes(answer.type)) this.#heard(answer);
      else this.#check(answers.shift()?.(answer) === true, `client ${number}: ${shown(answer)}`);
    });
    mixer.request(26, "exceptions");
    answers.push(({ type, body }) => type === 27 && body.toString() === "exceptions");
    for (let n = 0; n < this.#options.jobsPerClient; n++) {
      const id = this.#wanted.length;
      this.#submit(mixer, id);
      answers.push(({ type, body }) => {
        this.#byHandle.set(body.toString("latin1"), this.#wanted[id] as Wanted);
        return type === 8;
      });
      this.#aside(mixer, answers, id);
    }
  }

  #submit(mixer: Mixer, id: number): void {
    const wanted: Wanted = {
      id,
      function: this.#content.name(this.#dice.roll(FUNCTIONS), NAME_BYTES),
      unique: this.#content.name(id, 64),
      reducer: this.#dice.roll(4) === 0 ? this.#content.name(id, 40) : undefined,
      data: this.#content.of(id, ID_BYTES + this.#size()),
      heard: 0,
    };
    this.#wanted.push(wanted);
    const { unique, reducer, data } = wanted;
    const head = `${wanted.function}\0${unique}\0`;
    if (reducer === undefined) mixer.request(this.#dice.pick(SUBMITS), head, data);
    else mixer.request(37, `${head}${reducer}\x001\0`, data);
  }

  /** Reports of a worker about a job, in this order: data, a status, data, the end. */
  #report({ id }: Wanted, handle: string, step: number): [type: number, body: Buffer] {
    const of = (type: number, text: string, data?: Buffer): [number, Buffer] => [
      type,
      Buffer.concat([Buffer.from(handle + text, "latin1"), ...(data === undefined ? [] : [data])]),
    ];
    if (step === 1) return of(12, `\0${id}\0${id + 1}`);
    if (step < DATA_PACKETS) return of(28, "\0", this.#content.of(id + step, (id * 31) % 3000));
    const end = ENDS[id % ENDS.length] as number;
    return end === 14
      ? of(14, "")
      : of(end, "\0", this.#content.of(id, (id * 7919) % this.#options.mostBytes));
  }

  #addWorker(socket: Socket, number: number): void {
    const grab = (): void => {
      mixer.request(this.#dice.pick(GRABS));
      if (this.#dice.roll(3) === 0) mixer.request(16, "aside");
    };
    const mixer = this.#add(socket, (answer) => {
      if (answer.type === 6) grab();
      else if (answer.type === 10) mixer.request(4);
      else if (answer.type === 17) this.#check(answer.body.toString() === "aside", shown(answer));
      else if (this.#assigned(mixer, answer, number)) grab();
    });
    for (let n = 0; n < FUNCTIONS; n++) mixer.request(1, this.#content.name(n, NAME_BYTES));
    mixer.request(22, this.#content.name(number, 120));
    mixer.request(4);
  }

  #assigned(mixer: Mixer, answer: Answer, number: number): boolean {
    const names = { 11: 2, 31: 3, 40: 4 }[answer.type] ?? 0;
    let end = -1; // of the names
    for (let n = 0; n < names; n++) end = answer.body.indexOf(0, end + 1);
    const args = answer.body.toString("latin1", 0, Math.max(end, 0)).split("\0");
    const data = answer.body.subarray(end + 1);
    const wanted = this.#wanted[Number(data.toString("latin1", 0, ID_BYTES))];
    const all = [wanted?.function, wanted?.unique, wanted?.reducer].slice(0, names - 1);
    const isRight =
      wanted !== undefined && names > 0 && data.equals(wanted.data) && String(args.slice(1)) === String(all);
    this.#check(isRight, `worker ${number}: ${shown(answer)}`);
    if (!isRight) return false;
    for (let step = 0; step <= DATA_PACKETS; step++)
      mixer.request(...this.#report(wanted, args[0] as string, step));
    return true;
  }

  #heard(answer: Answer): void {
    const at = answer.body.indexOf(0);
    const handle = answer.body.toString("latin1", 0, at === -1 ? answer.body.length : at);
    const wanted = this.#byHandle.get(handle);
    if (wanted === undefined) {
      this.#check(false, `no such job: ${shown(answer)}`);
      return;
    }
    const [type, body] = this.#report(wanted, handle, wanted.heard);
    this.#check(type === answer.type && body.equals(answer.body), `of job ${wanted.id}: ${shown(answer)}`);
    if (wanted.heard === DATA_PACKETS) this.done += 1;
    wanted.heard += 1;
  }
}

function dial(port: number): Socket {
  return connect({ port, host: "127.0.0.1", noDelay: true });
}

function shown({ type, body }: Answer): string {
  return `type ${type}, ${body.length} bytes, ${JSON.stringify(body.toString("latin1", 0, 200))}`;
}
