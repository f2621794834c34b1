export type { PriorityStatus, QueueCounters, QueueStatus, WorkerLine } from "./admin-lines.ts";
export {
  parseCountersLine,
  parsePriorityStatusLine,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  printPriorityStatusLine,
  printStatusLine,
  printWorkerLine,
  splitCommand,
} from "./admin-lines.ts";
export type { AdminReply, AdminReplyKind } from "./admin-reply.ts";
export { AdminReplyDecoder } from "./admin-reply.ts";
export type { ProtocolErrorCode } from "./errors.ts";
export { ProtocolError } from "./errors.ts";
export type { Frame, Magic } from "./frame.ts";
export { encodeFrame } from "./frame.ts";
export { FrameDecoder } from "./frame-decoder.ts";
export type { TextLine } from "./mixed-decoder.ts";
export { isTextLine, MixedDecoder } from "./mixed-decoder.ts";
export type {
  BarePacket,
  CanDoTimeoutPacket,
  DataPacket,
  EchoPacket,
  ErrorPacket,
  FunctionPacket,
  GetStatusUniquePacket,
  HandlePacket,
  JobAssignAllPacket,
  JobAssignPacket,
  JobAssignUniqPacket,
  OptionPacket,
  Packet,
  SetClientIdPacket,
  StatusPacket,
  StatusUniquePacket,
  SubmitEpochPacket,
  SubmitPacket,
  SubmitReducePacket,
  SubmitSchedPacket,
  WorkStatusPacket,
} from "./packet.ts";
export { decodePacket, encodePacket } from "./packet-codec.ts";
export type { PacketName } from "./packet-type.ts";
export { PacketType, packetName } from "./packet-type.ts";
export type { PeekedJobLine, QueueListLine } from "./queue-lines.ts";
export {
  decodeQueueWord,
  encodeQueueWord,
  isUnknownCommand,
  parsePeekedJobLine,
  parseQueueCounts,
  parseQueueListLine,
  queueRefusal,
} from "./queue-lines.ts";
