import { closeSync, existsSync, openSync, readSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

const CHUNK_BYTES = 65_536;

/** Calls `onLine` for every complete line added to a file. @returns a function that stops */
export function tail(path: string, onLine: (line: string) => void): () => void {
  let offset = 0;
  let rest = "";
  function read(): void {
    if (!existsSync(path)) return;
    const fd = openSync(path, "r");
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let bytes = readSync(fd, buffer, 0, CHUNK_BYTES, offset); bytes > 0; ) {
      offset += bytes;
      rest += buffer.toString("utf8", 0, bytes);
      bytes = readSync(fd, buffer, 0, CHUNK_BYTES, offset);
    }
    closeSync(fd);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === basename(path)) read();
  });
  read();
  return () => {
    watcher.close();
    read();
  };
}
