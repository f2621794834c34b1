import type { AdminFailure, TlsErrorCode } from "@mod-gearman/client";
import { Notes } from "../finding.ts";
import type { ServerLook } from "../server-look.ts";

const MEANING =
  "Module and workers use the next server of their list; with one server only, no check runs until it is back.";

/** Whether each job server is there and is one. */
export function examineNetwork(looks: readonly ServerLook[]): Notes {
  const notes = new Notes("network");
  if (looks.length === 0) notes.skip("job servers: none is configured here (--host names one)");
  for (const { name, server, failure, wantsTls } of looks) {
    if (failure === undefined) {
      notes.fine();
      if (server.tls !== undefined) notes.fact(`job server ${name}`, "TLS, its certificate is verified");
    } else if (wantsTls === true) notes.critical(tlsWanted(name));
    else notes.critical(wordingOf(name, failure));
  }
  return notes;
}

interface Wording {
  readonly id: string;
  readonly what: string;
  readonly meaning: string;
  readonly advice: string;
}

function tlsWanted(name: string): Wording {
  return {
    id: "server-wants-tls",
    what: `job server ${name} speaks TLS, and is spoken to without it`,
    meaning: MEANING,
    advice:
      "Write tls://HOST:PORT in the server= lines, or tls=yes, and the certificate of its authority as tls_ca_file; or use a port of it without TLS.",
  };
}

/** What to do where no TLS connection is made. */
const TLS_ADVICE: Readonly<Record<TlsErrorCode, string>> = {
  FILES: "Correct the tls_… lines, and let the users of the programs read those files.",
  NOT_TLS:
    "Use the port of a listener with TLS (gearmand --ssl, or --listener=PORT,tls), or write the server without tls:// and tls=yes.",
  UNKNOWN_AUTHORITY:
    "Put the certificate of the authority that signed the server's into the file of tls_ca_file.",
  EXPIRED: "Renew the server's certificate and send gearmand SIGHUP; look at the clocks of both machines.",
  WRONG_NAME:
    "Write the name of the certificate in the server= lines, or as tls_server_name, or make one for this name.",
  BAD_CERTIFICATE: "Make a certificate for servers (extended key usage serverAuth).",
  REFUSED:
    "Give the program a certificate that the server knows the authority of: tls_cert_file and tls_key_file. The log of the server has the reason.",
  HANDSHAKE: "Look into the log of the server. Both ends need TLS 1.2 or 1.3.",
};

function wordingOf(name: string, failure: AdminFailure): Wording {
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
      if (failure.tls !== undefined)
        return {
          id: `tls-${failure.tls.toLowerCase().replaceAll("_", "-")}`,
          what: `no TLS connection to job server ${name}: ${failure.text}`,
          meaning,
          advice: TLS_ADVICE[failure.tls],
        };
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
        meaning: "Another program has the port.",
        advice: "Correct the port in the server= lines (4730 is the usual one).",
      };
  }
}
