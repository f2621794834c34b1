import type { FakeScript } from "@mod-gearman/testkit";

/** Queues that a test can change while the program runs. */
export interface Scene {
  status: string;
  workers?: string;
  version?: string;
}

/** Answers admin commands with the current content of `scene`. */
export function playing(scene: Scene): FakeScript {
  return {
    onLine: (line, peer) => {
      const answers: Record<string, string> = {
        status: `${scene.status}.\n`,
        version: `OK ${scene.version ?? "1.1.20"}\n`,
        workers: `${scene.workers ?? ""}.\n`,
      };
      peer.sendBytes(Buffer.from(answers[line] ?? "ERR UNKNOWN_COMMAND\r\n"));
    },
  };
}
