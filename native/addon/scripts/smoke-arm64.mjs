// Runs scripts/smoke.ts on an emulated arm64 machine with a kernel of its own, as vfork() of an emulated process alone
// is a fork (README). `node scripts/smoke-arm64.mjs FOLDER`; the README says how to fill the folder:
// vmlinuz, node, root/ (busybox, C and C++ library). Needs qemu-system-aarch64; does not need root.
import { spawn } from "node:child_process";
import { createWriteStream, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const packageFolder = dirname(import.meta.dirname);
const given = resolve(process.argv[2] ?? "arm64");
const EMULATOR = "qemu-system-aarch64";
const LIMIT_MS = 900_000;
const DONE = "arm64: the addon works";

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd/2 /dev/stderr
ip link set lo up
cd /addon
/node --disable-warning=ExperimentalWarning scripts/smoke.ts
sync
poweroff -f
`;

/**
 * One file of an initramfs archive. Source: Linux, Documentation/driver-api/early-userspace/buffer-format.
 */
function entry(name, mode, body = Buffer.alloc(0)) {
  const text = Buffer.from(`${name}\0`);
  const fields = [0, mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, text.length, 0];
  const header = Buffer.from(`070701${fields.map((n) => n.toString(16).padStart(8, "0")).join("")}`);
  const pad = (bytes) => Buffer.alloc((4 - (bytes % 4)) % 4);
  return [header, text, pad(header.length + text.length), body, pad(body.length)];
}

function* tree(from, to) {
  for (const name of readdirSync(from)) {
    const [path, target] = [join(from, name), join(to, name)];
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) yield* entry(target, 0o120777, Buffer.from(readlinkSync(path)));
    else if (stat.isDirectory()) yield* [...entry(target, 0o40755), ...tree(path, target)];
    else yield* entry(target, 0o100755, readFileSync(path));
  }
}

function* archive() {
  for (const folder of [
    "proc",
    "sys",
    "dev",
    "tmp",
    "addon",
    "addon/src",
    "addon/scripts",
    "addon/prebuilds",
  ])
    yield* entry(folder, 0o40777);
  yield* tree(join(given, "root"), "");
  yield* entry("node", 0o100755, readFileSync(join(given, "node")));
  yield* entry("init", 0o100755, Buffer.from(INIT));
  yield* entry("addon/package.json", 0o100644, Buffer.from('{"type":"module"}'));
  for (const file of ["src/index.ts", "scripts/smoke.ts"])
    yield* entry(`addon/${file}`, 0o100644, readFileSync(join(packageFolder, file)));
  yield* entry("addon/prebuilds/linux-arm64", 0o40755);
  yield* tree(join(packageFolder, "prebuilds/linux-arm64"), "addon/prebuilds/linux-arm64");
  yield* entry("TRAILER!!!", 0);
}

const initrd = join(given, "initrd");
const out = createWriteStream(initrd);
for (const part of archive()) out.write(part);
out.end();
await new Promise((done) => out.once("close", done));

const machine = spawn(
  EMULATOR,
  [
    ...["-M", "virt", "-cpu", "max", "-smp", "2", "-m", "2048", "-nographic", "-no-reboot", "-nic", "none"],
    ...["-kernel", join(given, "vmlinuz"), "-initrd", initrd],
    ...["-append", "console=ttyAMA0 quiet panic=-1"],
  ],
  { stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT_MS },
);
let said = "";
machine.stdout.on("data", (chunk) => {
  said += chunk;
  process.stdout.write(chunk);
});
machine.once("close", () => {
  process.exitCode = said.includes(DONE) ? 0 : 1;
});
