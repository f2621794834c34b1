import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { top } from "./built-program.ts";

/** Printed before the program starts; the screen must show it again afterwards. */
export const BEFORE = "what was there before";

/** The built program on a real terminal: a pane of its own tmux server, ended with the test. */
export class Pane {
  readonly #socket: string;
  readonly #bytesFile: string;

  private constructor(context: TestContext, size: { columns: number; rows: number }, shell: string) {
    const folder = tmpFolder(context);
    this.#socket = join(folder, "tmux");
    this.#bytesFile = join(folder, "bytes");
    const { columns, rows } = size;
    this.#tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "/bin/sh", "-c", shell);
    context.onTestFinished(() => void this.#tmux("kill-server"));
    this.#tmux("pipe-pane", "-o", `cat >'${this.#bytesFile}'`);
    this.keys("Enter"); // the shell waits until the bytes are recorded
  }

  /**
   * @param args arguments of gearman_top
   * @param more `env`: words for env(1); `redirect`: redirections for the shell; `echo`: the
   * terminal shows what is typed, as one does where a program is called
   */
  static start(
    context: TestContext,
    args: readonly string[],
    more: { columns?: number; rows?: number; env?: string; redirect?: string; echo?: boolean } = {},
  ): Pane {
    const { columns = 80, rows = 24, env = "", redirect = "", echo = false } = more;
    const program = [...top.command, ...args].map((word) => `'${word}'`).join(" ");
    const shell = `stty -echo; echo '${BEFORE}'; read go; ${echo ? "stty echo; " : ""}env -u CONFIG_GEARMAND_PORT ${env} ${program} ${redirect}; echo "exit code $?"; exec cat`;
    return new Pane(context, { columns, rows }, shell);
  }

  /** Keys as tmux names them: `q`, `Enter`, `Escape`, `C-c`, `Down`. */
  keys(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  /** Typed character by character. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  /** The lines on the terminal, without trailing blanks. */
  lines(): string[] {
    const lines = this.#tmux("capture-pane", "-p").split("\n").slice(0, -1);
    return lines.map((line) => line.trimEnd());
  }

  /** As {@link lines}, with colours as SGR sequences. */
  styledLines(): string[] {
    return this.#tmux("capture-pane", "-p", "-e").split("\n").slice(0, -1);
  }

  /** Waits until the terminal shows `text`. @returns its lines */
  async shows(text: string | RegExp): Promise<string[]> {
    return await this.until(`${text}`, (lines) => lines.some((line) => line.search(asPattern(text)) !== -1));
  }

  async lacks(text: string): Promise<string[]> {
    return await this.until(`no ${text}`, (lines) => lines.every((line) => !line.includes(text)));
  }

  async until(what: string, isTrue: (lines: string[]) => boolean): Promise<string[]> {
    return await waitFor(what, () => {
      const lines = this.lines();
      return isTrue(lines) ? lines : undefined;
    });
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** All bytes written to the terminal so far, latin1. */
  bytes(): string {
    return readFileSync(this.#bytesFile, "latin1");
  }

  /** State of the terminal. */
  modes(): { isAlternate: boolean; isCursorShown: boolean } {
    const [alternate, cursor] = this.#tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").split(
      /\s/,
    );
    return { isAlternate: alternate === "1", isCursorShown: cursor === "1" };
  }

  /** Process id of gearman_top. */
  pid(): number {
    const shell = this.#tmux("display-message", "-p", "#{pane_pid}").trim();
    const [child] = readFileSync(`/proc/${shell}/task/${shell}/children`, "latin1").split(" ");
    return Number(child);
  }

  #tmux(...args: string[]): string {
    const { TMUX: _, ...outside } = process.env;
    const env = { ...outside, LC_ALL: "C.UTF-8", TERM: "xterm-256color", CI: "1" };
    return execFileSync("tmux", ["-u", "-f", "/dev/null", "-S", this.#socket, ...args], {
      encoding: "utf8",
      env,
    });
  }
}

function asPattern(text: string | RegExp): RegExp {
  return typeof text === "string" ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : text;
}
