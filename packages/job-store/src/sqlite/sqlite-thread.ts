import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import { Database } from "./database.ts";
import type { SqliteAnswer, SqliteRequest, SqliteSettings } from "./messages.ts";

// The thread of the sqlite store: an fsync takes milliseconds, during which the event loop of the server goes on.

const database = new Database(workerData as SqliteSettings);

async function answer(request: SqliteRequest): Promise<SqliteAnswer> {
  try {
    if ("rowsAfter" in request) return { rows: database.rowsAfter(request.rowsAfter) };
    if ("write" in request) database.write(request.write);
    else if ("open" in request) await database.open();
    else database.close();
    return { done: true };
  } catch (error) {
    if (error instanceof StoreError) return { failure: error.code, text: error.message };
    throw error;
  }
}

parentPort?.on("message", async (request: SqliteRequest) => {
  parentPort?.postMessage(await answer(request));
});
