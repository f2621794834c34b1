import { path, text, yesNo } from "./kinds.ts";

/** How job servers are spoken to with TLS: the same options in every program that connects to them. */
export const tlsOptions = {
  tls: yesNo(
    "tls",
    false,
    { refuse: "tls: '<value>' is neither yes nor no" },
    {
      protects: "everywhere",
      help: "Connect to all job servers with TLS; to some only: tls://HOST[:PORT] in the list of servers.",
    },
  ),
  tlsCaFile: path("tls_ca_file", {
    protects: "everywhere",
    help: "Certificates (PEM) of the authorities that certificates of job servers have to be of; needed for TLS.",
  }),
  tlsCertFile: path("tls_cert_file", {
    protects: "everywhere",
    help: "Certificate (PEM) of this program for job servers that want one, with those between it and the authority.",
  }),
  tlsKeyFile: path("tls_key_file", {
    protects: "everywhere",
    help: "Key (PEM, without passphrase) of that certificate.",
  }),
  tlsServerName: text("tls_server_name", {
    protects: "everywhere",
    help: "Name in the certificates of job servers, where it is not the HOST of the list.",
    argument: "NAME",
  }),
};
