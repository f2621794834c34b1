/**
 * Size of the buffer shared by the reads of all sockets. Less than this may be a view of that buffer, so a
 * caller that retains it copies it; more arrived in several chunks and was collected in a separate buffer.
 */
export const READ_BYTES = 65_536;
