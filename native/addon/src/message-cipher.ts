/** AES-256-GCM under one key, for many messages: a nonce and associated data of its own for each. */
interface MessageCipher {
  /** Ciphers what is between `textAt` and the last 16 bytes of `message` in place, and writes the tag into these. */
  seal(nonce: Buffer, associated: Buffer, message: Buffer): void;
  /** @returns the text in a new buffer; undefined if the tag does not fit */
  open(nonce: Buffer, associated: Buffer, message: Buffer): Buffer | undefined;
}

/** @param key 32 bytes, copied @param textAt offset of the text in messages */
export type MakeMessageCipher = (key: Buffer, textAt: number) => MessageCipher;

/** The class of the binary. */
export type GcmClass = new (
  key: Buffer,
  textAt: number,
) => {
  seal(nonce: Buffer, associated: Buffer, message: Buffer): boolean;
  open(nonce: Buffer, associated: Buffer, message: Buffer, text: Buffer): boolean;
};

const TAG_BYTES = 16;

/** Internal to the package. */
export function makerOf(Gcm: GcmClass | undefined): MakeMessageCipher | undefined {
  if (Gcm === undefined) return undefined;
  return (key, textAt) => {
    const gcm = new Gcm(key, textAt);
    return {
      seal: (nonce, associated, message) => {
        if (!gcm.seal(nonce, associated, message)) throw new Error("AES-256-GCM failed");
      },
      open: (nonce, associated, message) => {
        const text = Buffer.allocUnsafe(Math.max(0, message.length - textAt - TAG_BYTES)); // zeroed if nothing is opened
        return gcm.open(nonce, associated, message, text) ? text : undefined;
      },
    };
  };
}
