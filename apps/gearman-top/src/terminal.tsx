import type { ReadStream, WriteStream } from "node:tty";
import { render } from "ink";
import type { Session } from "./session.ts";
import { Top } from "./view.tsx";

export interface TerminalStreams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

/**
 * Show `session` on the alternate screen until it ends or `stopped` settles. Only lines that differ are written. The terminal is as it
 * was when the promise settles.
 */
export async function showOnTerminal(
  session: Session,
  streams: TerminalStreams,
  stopped: Promise<void>,
): Promise<void> {
  const hasKeys = streams.stdin.isTTY === true;
  const app = render(<Top session={session} hasKeys={hasKeys} />, {
    ...streams,
    alternateScreen: true,
    incrementalRendering: true,
    // Ink assumes "no terminal" if the variable CI is set; stdout has already been tested
    interactive: true,
    isScreenReaderEnabled: false,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    await Promise.race([session.ended, stopped, app.waitUntilExit()]);
  } finally {
    app.unmount();
    await app.waitUntilExit();
  }
}
