import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { memoryFiles } from "./memory-files.ts";

const KEY = "0123456789abcdef";

function load(args: string, files: Record<string, string>, own: string[]) {
  return loadModule(args, "/etc/mg", memoryFiles(files), own);
}

describe("settings of the bridge itself", () => {
  const files = {
    "/etc/mg/m.conf": `server=a\nkey=${KEY}\nhostgroups=x\nresult_queue=line\n`,
    "/own.conf": "server=o\n",
  };
  test("replace those of the line, lists as a whole", () => {
    const { options: got, sources } = load("config=m.conf", files, [
      "--config=/own.conf",
      "--result-queue=own",
    ]);
    expect(got.servers.map((one) => one.host)).toEqual(["o"]);
    expect(got.hostgroups.map(String)).toEqual(["x"]);
    expect(got.resultQueue.toString()).toBe("own");
    expect(sources.get("result_queue")).toBe("command line");
  });
  test("a key in them has precedence over a key file in the line", () => {
    const own = load("server=a keyfile=k", { "/etc/mg/k": "line-key-line-key" }, [`--key=${KEY}`]);
    expect(own.options.key).toEqual(Buffer.from(KEY));
    expect(own.warnings.filter(({ level }) => level !== "debug")).toEqual([]);
  });
  test("are sufficient without a module line", () =>
    expect(load("", files, ["--config=/etc/mg/m.conf"]).options.servers).toHaveLength(1));
});
