export { BuiltProgram, type Ended, type Started, type StartOptions } from "./built-program.ts";
export { type TestCertificate, TestCertificates, testCertificates } from "./certificates.ts";
export { duplexPair } from "./duplex-pair.ts";
export { signalInEachState } from "./early-signal.ts";
export type { TestkitErrorCode } from "./errors.ts";
export { TestkitError } from "./errors.ts";
export type { FakeScript } from "./fake-connection.ts";
export { FakeConnection } from "./fake-connection.ts";
export { FakeJobServer } from "./fake-job-server.ts";
export { FakeSyslog } from "./fake-syslog.ts";
export type { Direction, Flow } from "./fault-proxy.ts";
export { FaultProxy } from "./fault-proxy.ts";
export { freePort } from "./free-port.ts";
export type { GearmandSearch } from "./gearmand.ts";
export { findGearmand, RunningGearmand, startGearmand } from "./gearmand.ts";
export { heldInStart } from "./held-start.ts";
export type { TakeJob } from "./job-peer.ts";
export { JobPeer } from "./job-peer.ts";
export type { ManualTimer } from "./manual-clock.ts";
export { ManualClock, settle } from "./manual-clock.ts";
export { namedProcess } from "./named-process.ts";
export { reportsOfReadableKey } from "./readable-key.ts";
export { RecordedService } from "./recorded-service.ts";
export type { CapturedJob, SenderCapture, SenderCaptures } from "./sender-captures.ts";
export {
  capturedInput,
  capturedText,
  jobText,
  sha256,
  timesOf,
  withServers,
  withTimesOf,
} from "./sender-captures.ts";
export { requireSlowTag } from "./slow-tag.ts";
export { StoreServer, type StoreServerKind, startStoreServer, whyNoStoreServer } from "./store-server.ts";
export { closedAddress, type TakenJob, type TakingServer, takingServer } from "./taking-server.ts";
export { startOnTerminal, type TerminalProgram } from "./terminal-program.ts";
export type { SkippableTestContext, TestContext } from "./test-context.ts";
export { tmpFolder } from "./tmp-folder.ts";
export { loadVectors, vectorsFolder } from "./vectors.ts";
export { waitFor, waitForEvent } from "./wait-for.ts";
