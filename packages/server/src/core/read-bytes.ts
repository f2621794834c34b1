/**
 * Bytes of the buffer that all sockets read into, one after the other. Less than this may be a view of that buffer, so
 * a caller that keeps it copies it; more came in several pieces and was collected in a buffer of its own.
 */
export const READ_BYTES = 65_536;
