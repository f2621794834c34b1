/**
 * Work that may be long, divided into steps of a few microseconds. A step may yield text for the peer that
 * requested the work. Between two steps everything else may change.
 */
export type Steps = Generator<string | undefined, void, void>;
