import type { Clock, ServerAddress } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";
import type { Argument } from "@mod-gearman/program";

export interface FileFacts {
  readonly kind: "file" | "folder" | "other";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface ProgramEnd {
  /** Absent if it could not be started or did not end in time. */
  readonly code?: number | undefined;
  /** Start of what it printed, both streams. */
  readonly text: string;
}

/** What the doctor sees of this machine; links are followed everywhere. */
export interface Machine {
  /** Undefined if there is none or it may not be seen. */
  facts(path: string): FileFacts | undefined;
  /** Names in a folder; undefined if it cannot be read. */
  names(folder: string): readonly string[] | undefined;
  /** At most `maxBytes` from `offset` on, from the end if that is negative; undefined if it cannot be read. */
  read(path: string, maxBytes: number, offset?: number): Buffer | undefined;
  /** Free bytes for ordinary users and share of used space of the file system, 0 to 1. */
  space(folder: string): { readonly freeBytes: number; readonly used: number } | undefined;
  /** Runs a program without shell. */
  run(file: string, args: readonly string[], timeoutMs: number): Promise<ProgramEnd>;
  /** Addresses of a name. @throws Error with the code of getaddrinfo */
  resolve(host: string): Promise<readonly string[]>;
  /** Addresses of this machine. */
  addresses(): readonly string[];
  /** Text of a file below /proc, undefined if it does not exist. */
  proc(path: string): string | undefined;
  /** Names below /proc. */
  procNames(path: string): readonly string[];
}

/** Everything that the program needs from outside. `main.ts` makes the real one, tests their own. */
export interface World {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  /** Version of the Node.js that runs this. */
  readonly nodeVersion: string;
  readonly machine: Machine;
  readonly dial: DuplexFactory;
  /** Text of a page. @throws Error if there is no answer of status 200 within the time */
  fetch(url: string, timeoutMs: number): Promise<string>;
  /** Whether a server answers a handshake of TLS in time; never rejects. */
  readonly speaksTls: (server: ServerAddress, timeoutMs: number) => Promise<boolean>;
  readonly clock: Clock;
  /** Time of day, microseconds since 1970. */
  nowMicros(): bigint;
  /** Unpredictable hexadecimal digits, 8 to 64. */
  random(): string;
  readonly hostName: string;
  readonly workingFolder: string;
  /** Whether colours may be used on standard output. */
  readonly hasColours: boolean;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** One server with a name for texts. */
export interface NamedServer {
  readonly server: ServerAddress;
  readonly name: string;
}
