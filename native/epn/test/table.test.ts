// @module-tag slow
import { expect, test } from "vitest";
import { startEpn } from "./epn-server.ts";

// worker.md 7.3, row by row, with the changes of 7.5

test("a plugin that calls exit: its code, its output", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("fine.pl", "print qq{OK - fine\\n}; print STDERR qq{some err\\n}; exit 1;");
  const first = await server.run({ bin });
  expect(first).toMatchObject({
    rc: 1,
    stdout: "OK - fine\n",
    stderr: "some err\n",
    forked: 1,
    signal: 0,
    truncated: 0,
    timedout: 0,
  });
  expect(first.compile_duration).toBeGreaterThan(0);
  const second = await server.run({ bin });
  expect(second).toMatchObject({ rc: 1, stdout: "OK - fine\n", compile_duration: 0 });
  expect(second.maxrss).toBeGreaterThan(0);
});

test("runtime die", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("dies.pl", 'print "before\\n";\ndie "broken";');
  expect(await server.run({ bin })).toMatchObject({
    rc: 3,
    stdout: `**ePN: ${bin}: plugin did not call exit()\nbefore\n**ePN: ${bin}: broken at ${bin} line 2.\n`,
    stderr: "",
  });
});

test("a plugin that ends without exit", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("falls.pl", 'print "output\\n";');
  expect(await server.run({ bin })).toMatchObject({
    rc: 3,
    stdout: `**ePN: ${bin}: plugin did not call exit()\noutput\n`,
  });
});

test("compile error, answered from the cache the second time", async (context) => {
  const server = await startEpn(context, ["-c", "-vv"]);
  const bin = server.plugin("bad.pl", "use strict;\nmy $x = $y;\nexit 0;\n");
  for (let i = 0; i < 2; i++) {
    const { rc, stdout, error, forked } = await server.run({ bin });
    expect({ rc, error, forked }).toEqual({ rc: 3, error: "compile", forked: undefined });
    expect(stdout).toMatch(
      `**ePN: failed to compile ${bin}: Global symbol "$y" requires explicit package name`,
    );
  }
  expect(server.log().match(/compiling /g)).toHaveLength(1);
});

test("missing file, folder", async (context) => {
  const server = await startEpn(context);
  const bin = `${server.folder}/none.pl`;
  expect(await server.run({ bin })).toMatchObject({
    rc: 3,
    stdout: `**ePN: failed to open ${bin}: No such file or directory`,
    error: "open",
  });
  expect(await server.run({ bin: server.folder })).toMatchObject({
    stdout: `**ePN: failed to open ${server.folder}: Is a directory`,
  });
});

test("timeout: TERM, the plugin's partial output, code 2", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("sleeps.pl", '$| = 1; print "partial\\n"; sleep 600; exit 0;');
  expect(await server.run({ bin, timeout: 3 })).toMatchObject({
    rc: 2,
    stdout: "partial\n",
    timedout: 1,
    signal: 0,
  });
});

test("standard error is separate, and appended in protocol 1 only if the code is not 0", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("err.pl", 'print "out\\n"; print STDERR "err\\n"; exit shift;');
  const answer = (rc: number): Promise<string> =>
    server.send(JSON.stringify({ bin, args: [`${rc}`], env: {}, timeout: 60 }));
  expect(JSON.parse(await answer(0))).toMatchObject({ rc: 0, stdout: "out\n" });
  expect(JSON.parse(await answer(1))).toMatchObject({ rc: 1, stdout: "out\n\n[err]" });
  expect(Object.keys(JSON.parse(await answer(1)))).toEqual([
    "compile_duration",
    "cpu_user",
    "forked",
    "rc",
    "run_duration",
    "stdout",
  ]);
});

test("output of other programs and of system() arrives, in order", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "system.pl",
    'print "a\\n"; system "echo b; echo c >&2"; print "d ", `echo e`; exit 0;',
  );
  expect(await server.run({ bin })).toMatchObject({ stdout: "a\nb\nd e\n", stderr: "c\n" });
});

test.for(["__END__", "__DATA__"])("%s works, also for a second and larger reading", async (mark, context) => {
  const server = await startEpn(context);
  const lines = "0123456789abcdef\n".repeat(4000);
  const bin = server.plugin(
    "data.pl",
    `my @lines = <DATA>; print scalar(@lines), $lines[-1]; exit 0;\n${mark}\n${lines}`,
  );
  for (let i = 0; i < 3; i++)
    expect(await server.run({ bin })).toMatchObject({ rc: 0, stdout: "40000123456789abcdef\n" });
});

test("bytes of the output are unchanged", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "bytes.pl",
    Buffer.from('print "a\\xff\\xc3\\xa4\\x00\\x7f\\"\\\\ä\\n"; exit 0;'),
  );
  const { stdout } = await server.run({ bin });
  expect(Buffer.from(stdout, "latin1").toString("hex")).toBe("61ffc3a4007f225cc3a40a");
});

test("SIGTERM, SIGINT and SIGALRM in the plugin exit with 2", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("kills.pl", 'print "x"; kill $ARGV[0], $$; sleep 1 while 1;');
  for (const name of ["TERM", "INT", "ALRM"]) {
    expect(await server.run({ bin, args: [name] })).toMatchObject({ rc: 2, stdout: "x", signal: 0 });
  }
});

test("file name, arguments and environment", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "names.pl",
    'print join "|", $0, $ENV{NAGIOS_PLUGIN}, $ENV{A}, exists $ENV{HOME} ? 1 : 0, @ARGV; exit 0;',
  );
  const request = { bin, args: ["x y", "", "\xe4"], env: { A: "b\xff" } };
  expect((await server.run(request)).stdout).toBe(`${bin}|${bin}|b\xff|0|x y||\xe4`);
  expect((await server.run({ ...request, clean: false })).stdout).toBe(`${bin}|${bin}|b\xff|1|x y||\xe4`);
});
