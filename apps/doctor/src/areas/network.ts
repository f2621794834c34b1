import type { AdminFailure } from "@mod-gearman/client";
import { Notes } from "../finding.ts";
import type { ServerLook } from "../server-look.ts";

const MEANING =
  "Module and workers use the next server of their list; with one server only, no check runs until it is back.";

/** Whether each job server is there and is one. */
export function examineNetwork(looks: readonly ServerLook[]): Notes {
  const notes = new Notes("network");
  if (looks.length === 0) notes.skip("job servers: none is configured here (--host names one)");
  for (const { name, failure } of looks) {
    if (failure === undefined) notes.fine();
    else notes.critical(toldOf(name, failure));
  }
  return notes;
}

function toldOf(
  name: string,
  failure: AdminFailure,
): { id: string; what: string; meaning: string; advice: string } {
  const meaning = MEANING;
  switch (failure.kind) {
    case "unknown-name":
      return {
        id: "server-unknown-name",
        what: `the name of job server ${name} is not known: ${failure.text}`,
        meaning,
        advice: "Correct the name in the server= lines, or DNS or /etc/hosts of this machine.",
      };
    case "unreachable":
      return {
        id: "server-unreachable",
        what: `job server ${name} cannot be reached: ${failure.text}`,
        meaning,
        advice:
          "Start it there (systemctl start gearmand), let it listen on that address (--listen) and open the port in firewalls.",
      };
    case "timeout":
      return {
        id: "server-silent",
        what: `job server ${name} does not answer`,
        meaning: "It hangs, or a firewall drops packets: programs wait for it until they give it up.",
        advice:
          "Look at its log and CPU time there; restart it. If it is well there, look at firewalls between.",
      };
    case "invalid":
      return {
        id: "not-a-job-server",
        what: `what listens at ${name} is no job server`,
        meaning: "Another program has the port, or the server wants TLS.",
        advice: "Correct the port in the server= lines (4730 is the usual one), or TLS settings.",
      };
  }
}
