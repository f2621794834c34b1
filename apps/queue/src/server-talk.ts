import { MAX_TIMER_MS, printAddress, printable, type ServerAddress } from "@mod-gearman/base";
import { type AdminQuery, adminFailureOf } from "@mod-gearman/client";
import { type AdminReply, isUnknownCommand, queueRefusal } from "@mod-gearman/protocol";

/** What a job server answered to one command. */
export type Answer = AdminReply | { readonly kind: "failure"; readonly text: string };

/** Commands for one job server. */
export class ServerTalk {
  readonly address: ServerAddress;
  /** `host:port` */
  readonly name: string;
  readonly timeoutMs: number;
  readonly #query: AdminQuery;

  /** @param timeoutSeconds 0: none */
  constructor(address: ServerAddress, timeoutSeconds: number, query: AdminQuery) {
    this.address = address;
    this.name = printable(printAddress(address));
    this.timeoutMs = timeoutSeconds === 0 ? MAX_TIMER_MS : timeoutSeconds * 1000;
    this.#query = query;
  }

  /** Sends one command. @param hasNoLimit it may take as long as it has work to do */
  async ask(command: string, hasNoLimit = false): Promise<Answer> {
    const [answer] = await this.askAll([command], hasNoLimit);
    return answer ?? { kind: "failure", text: "no answer" };
  }

  /** @returns one answer for each command, or one failure */
  async askAll(commands: readonly string[], hasNoLimit = false): Promise<Answer[]> {
    try {
      return await this.#query(this.address, commands, {
        timeoutMs: hasNoLimit ? MAX_TIMER_MS : this.timeoutMs,
      });
    } catch (error) {
      const failure = adminFailureOf(error);
      return [{ kind: "failure", text: FAILURES[failure.kind]("text" in failure ? failure.text : "") }];
    }
  }
}

const FAILURES = {
  unreachable: (text: string) => `cannot be reached: ${printable(text)}`,
  "unknown-name": (text: string) => `cannot be reached: ${printable(text)}`,
  timeout: () => "no answer in time",
  invalid: () => "the answer is not that of a job server",
};

/** Whether the server does not know the command, as a gearmand in C. */
export function isUnknown(answer: Answer): boolean {
  return answer.kind === "error" && isUnknownCommand(answer.line);
}

/** Why a command was not performed; undefined if it was. */
export function problemOf(answer: Answer): string | undefined {
  if (answer.kind === "failure") return answer.text;
  if (answer.kind !== "error") return undefined;
  return queueRefusal(answer.line) ?? `the server says ${printable(answer.line.toString("latin1"))}`;
}

/** A name, latin1 string of bytes that are mostly UTF-8, for people. */
export function nameText(name: string): string {
  return printable(Buffer.from(name, "latin1").toString("utf8")).replaceAll("\ufffd", "?");
}
