/**
 * One packet with its arguments named after job-server.md 1.2. Every argument is the transmitted bytes;
 * numbers stay decimal text, because a server forwards them verbatim (`007`, `abc`). Arguments of a decoded
 * packet are views of the frame's body.
 */
export type Packet =
  | BarePacket
  | FunctionPacket
  | CanDoTimeoutPacket
  | SubmitPacket
  | SubmitEpochPacket
  | SubmitSchedPacket
  | SubmitReducePacket
  | HandlePacket
  | DataPacket
  | JobAssignPacket
  | JobAssignUniqPacket
  | JobAssignAllPacket
  | WorkStatusPacket
  | StatusPacket
  | GetStatusUniquePacket
  | StatusUniquePacket
  | EchoPacket
  | ErrorPacket
  | OptionPacket
  | SetClientIdPacket;

/** Packets without arguments. A received body is ignored, as in gearmand. */
export interface BarePacket {
  readonly name:
    | "NOOP"
    | "NO_JOB"
    | "PRE_SLEEP"
    | "GRAB_JOB"
    | "GRAB_JOB_UNIQ"
    | "GRAB_JOB_ALL"
    | "RESET_ABILITIES"
    | "ALL_YOURS";
}

export interface FunctionPacket {
  readonly name: "CAN_DO" | "CANT_DO";
  readonly function: Buffer;
}

/** As CAN_DO; `timeout` is milliseconds as decimal text. */
export interface CanDoTimeoutPacket {
  readonly name: "CAN_DO_TIMEOUT";
  readonly function: Buffer;
  readonly timeout: Buffer;
}

/** A client submits a job; `unique` may be empty (no coalescing) and must not be `-`. */
export interface SubmitPacket {
  readonly name:
    | "SUBMIT_JOB"
    | "SUBMIT_JOB_HIGH"
    | "SUBMIT_JOB_LOW"
    | "SUBMIT_JOB_BG"
    | "SUBMIT_JOB_HIGH_BG"
    | "SUBMIT_JOB_LOW_BG";
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly data: Buffer;
}

/** A background job not to run before `epoch`, seconds since 1970 as decimal text. */
export interface SubmitEpochPacket {
  readonly name: "SUBMIT_JOB_EPOCH";
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly epoch: Buffer;
  readonly data: Buffer;
}

/** Cron-like submission; gearmand answers ERROR. */
export interface SubmitSchedPacket {
  readonly name: "SUBMIT_JOB_SCHED";
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly minute: Buffer;
  readonly hour: Buffer;
  readonly mday: Buffer;
  readonly month: Buffer;
  readonly wday: Buffer;
  readonly data: Buffer;
}

/** A job with a reducer. Four arguments and the data are transmitted, although PROTOCOL lists three (measured). */
export interface SubmitReducePacket {
  readonly name: "SUBMIT_REDUCE_JOB" | "SUBMIT_REDUCE_JOB_BACKGROUND";
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly reducer: Buffer;
  readonly aggregate: Buffer;
  readonly data: Buffer;
}

/** Packets with a job handle only. WORK_FAIL loses one trailing NUL when decoded. */
export interface HandlePacket {
  readonly name: "JOB_CREATED" | "WORK_FAIL" | "GET_STATUS";
  readonly handle: Buffer;
}

/** A report of a worker about a job, forwarded to its clients. */
export interface DataPacket {
  readonly name: "WORK_COMPLETE" | "WORK_DATA" | "WORK_WARNING" | "WORK_EXCEPTION";
  readonly handle: Buffer;
  readonly data: Buffer;
}

export interface JobAssignPacket {
  readonly name: "JOB_ASSIGN";
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly data: Buffer;
}

/** Answer to GRAB_JOB_UNIQ, and to GRAB_JOB_ALL if the job has no reducer. */
export interface JobAssignUniqPacket {
  readonly name: "JOB_ASSIGN_UNIQ";
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly data: Buffer;
}

/** Answer to GRAB_JOB_ALL if the job has a reducer. */
export interface JobAssignAllPacket {
  readonly name: "JOB_ASSIGN_ALL";
  readonly handle: Buffer;
  readonly function: Buffer;
  readonly unique: Buffer;
  readonly reducer: Buffer;
  readonly data: Buffer;
}

/** Progress of a job; both numbers are free text. */
export interface WorkStatusPacket {
  readonly name: "WORK_STATUS";
  readonly handle: Buffer;
  readonly numerator: Buffer;
  readonly denominator: Buffer;
}

/** Answer to GET_STATUS; `known` and `running` are `0` or `1`. */
export interface StatusPacket {
  readonly name: "STATUS_RES";
  readonly handle: Buffer;
  readonly known: Buffer;
  readonly running: Buffer;
  readonly numerator: Buffer;
  readonly denominator: Buffer;
}

export interface GetStatusUniquePacket {
  readonly name: "GET_STATUS_UNIQUE";
  readonly unique: Buffer;
}

/** Answer to GET_STATUS_UNIQUE; `clients` counts the attached foreground clients. */
export interface StatusUniquePacket {
  readonly name: "STATUS_RES_UNIQUE";
  readonly unique: Buffer;
  readonly known: Buffer;
  readonly running: Buffer;
  readonly numerator: Buffer;
  readonly denominator: Buffer;
  readonly clients: Buffer;
}

/** Echo request and its answer with the same data. */
export interface EchoPacket {
  readonly name: "ECHO_REQ" | "ECHO_RES";
  readonly data: Buffer;
}

/** A refusal by the server; there is no request id, answers are in order. */
export interface ErrorPacket {
  readonly name: "ERROR";
  readonly code: Buffer;
  readonly text: Buffer;
}

/** Connection option; gearmand knows only `exceptions`. */
export interface OptionPacket {
  readonly name: "OPTION_REQ" | "OPTION_RES";
  readonly option: Buffer;
}

/** Free text that names a connection in `workers`. */
export interface SetClientIdPacket {
  readonly name: "SET_CLIENT_ID";
  readonly id: Buffer;
}
