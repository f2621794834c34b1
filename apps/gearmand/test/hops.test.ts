import { nodeFiles } from "@mod-gearman/config";
import { loadGearmand } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { hopsOf } from "../src/hops.ts";

function hops(...words: string[]): string[] {
  const loaded = loadGearmand(["--config-file=/dev/null", ...words], nodeFiles);
  if (!("options" in loaded)) throw new Error("no options");
  return hopsOf(loaded);
}

test("says of each way in who is verified", () => {
  expect(hops()).toEqual(["port 4730: TCP without TLS, peers are not verified"]);
  expect(hops("--ssl", "--ssl-ca-file=/ca", "--ssl-require-client-cert")).toEqual([
    "port 4730: TLS, only peers with a certificate of the authorities",
  ]);
  const more = ["--listener=0.0.0.0:4731,tls,ca=/ca", "--listener=unix:/run/x", "--listener=4732,tls"];
  expect(hops(...more)).toEqual([
    "0.0.0.0:4731: TLS, peers with a certificate of the authorities are verified, others are not",
    "/run/x: those who may open the socket",
    "port 4732: TLS, peers are not verified",
  ]);
  expect(hops("--port=4730", "--listener=nonsense,tls,x=y")).toHaveLength(1);
});
