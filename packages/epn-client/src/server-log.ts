import type { Readable } from "node:stream";
import type { Logger } from "@mod-gearman/observe";
import { findDamage } from "./assess.ts";

const MAX_LINE_CHARACTERS = 4096;
const LINES_PER_SPAN = 100;
const SPAN_MS = 10_000;

export interface ServerLogOptions {
  readonly logger: Pick<Logger, "debug" | "error">;
  now(): number;
  /** Called for a line that indicates a damaged interpreter. */
  onDamage(sign: string): void;
  /** Called for the line of stdout that says that the server is listening. */
  onReady(): void;
}

/** Logs output of the server: stdout as DEBUG, stderr as ERROR; long lines are cut, lines above the rate limit counted. */
export class ServerLog {
  readonly #options: ServerLogOptions;
  #spanEndMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(options: ServerLogOptions) {
    this.#options = options;
  }

  /** Until both streams end. */
  follow(stdout: Readable, stderr: Readable): void {
    const { logger, onReady } = this.#options;
    eachLine(stdout, (line) => {
      if (line === "ready") onReady();
      else this.#logLine((text) => logger.debug(text), line);
    });
    eachLine(stderr, (line) => this.#logLine((text) => logger.error(text), line));
  }

  #logLine(log: (text: string) => void, line: string): void {
    const sign = findDamage(line);
    const now = this.#options.now();
    if (now >= this.#spanEndMs) {
      const leftOut = this.#lines - LINES_PER_SPAN;
      if (leftOut > 0) log(`embedded Perl: ${leftOut} lines left out`);
      this.#spanEndMs = now + SPAN_MS;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines <= LINES_PER_SPAN) log(`embedded Perl: ${line}`);
    if (sign !== undefined) this.#options.onDamage(sign);
  }
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  let held = "";
  const add = (part: string) => {
    held += part.slice(0, Math.max(0, MAX_LINE_CHARACTERS - held.length));
  };
  const end = () => {
    if (held !== "") take(held);
    held = "";
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const parts = chunk.split("\n");
    parts.forEach((part, at) => {
      if (at > 0) end();
      add(part);
    });
  });
  stream.on("error", () => undefined); // the exit of the process shows it
  stream.on("end", end);
}
