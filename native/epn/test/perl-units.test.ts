// @module-tag slow
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { epnScript } from "../src/index.ts";
import { plainEnv } from "./epn-server.ts";

// Modules of the server, tested separately.

/** Output of a script that can load the server's modules. */
function perl(script: string): string {
  const { stdout, stderr } = spawnSync("perl", [`-I${join(dirname(epnScript()), "lib")}`, "-we", script], {
    env: plainEnv,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout;
}

test("the 16 most recently used environments are kept, none above 64 KiB", () => {
  const script = `use ModGearman::Epn::Request;
    sub line { qq({"env":{"A":"$_[0]"},"bin":"/x","protocol":2}) }
    sub is_known { my $line = line($_[0]); return defined ModGearman::Epn::Environment::cut(\\$line) ? 1 : 0 }
    for (1 .. 1000) { ModGearman::Epn::Request::parse(line($_)); ModGearman::Epn::Request::parse(line(1)) }
    ModGearman::Epn::Request::parse(line('x' x 100_000));
    print join ' ', (grep { is_known($_) } 1 .. 1000), is_known('x' x 100_000);`;
  const lastOnes = Array.from({ length: 15 }, (_, at) => 986 + at).join(" ");
  expect(perl(script)).toBe(`1 ${lastOnes} 0`);
});

test("looking up an unknown environment does not store it", () => {
  const script = `use ModGearman::Epn::Environment;
    for (1 .. 100) { ModGearman::Epn::Environment::known(qq({"A":"$_"}), 'whole bytes') }
    my $line = '{"env":{"A":"7"}}';
    print defined ModGearman::Epn::Environment::cut(\\$line) ? 'known' : 'unknown';`;
  expect(perl(script)).toBe("unknown");
});

test("a change of the time of day does not affect timers", () => {
  const script = `use Time::HiRes ();
    my $step = 0;
    BEGIN {
      no warnings 'redefine';
      my $time = \\&Time::HiRes::time;
      *Time::HiRes::time = sub () { $time->() + $step };
      *CORE::GLOBAL::time = sub () { CORE::time() + $step };
    }
    use ModGearman::Epn::Loop;
    for my $by (120, -120) {
      my $loop = ModGearman::Epn::Loop->new();
      $loop->after(60, sub { print 'early '; $loop->end() });
      $loop->after(0, sub { $step = $by; $loop->after(0, sub { print 'in time '; $loop->end() }) });
      $loop->run();
    }`;
  expect(perl(script)).toBe("in time in time ");
});

test.each([
  ["without the call", 0],
  ["where the kernel does not know it", 9999],
])("memory is gathered %s", (_, madvise) => {
  const script = `use ModGearman::Epn::Memory;
    my @texts = map { "text $_" } 1 .. 60_000;
    $! = 0;
    ModGearman::Epn::Memory::gather(${madvise});
    print scalar(grep { $texts[$_ - 1] ne "text $_" } 1 .. 60_000), ' ', @ModGearman::Epn::Memory::filled > 0 ? 'filled' : 'empty';`;
  expect(perl(script)).toBe("0 filled");
});
