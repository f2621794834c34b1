#ifndef MGM_GCM_H
#define MGM_GCM_H

#include <cstddef>
#include <cstdint>

namespace mgm
{

struct Bytes {
	uint8_t *data;
	size_t size;
};

/**
 * AES-256-GCM under one key, for many messages: Node.js takes a new cipher object, some 3 µs, for each. The functions are
 * those of the OpenSSL that Node.js has in it and exports; nothing is linked.
 */
class Gcm
{
public:
	static constexpr size_t kKeyBytes = 32;
	static constexpr size_t kNonceBytes = 12;
	static constexpr size_t kTagBytes = 16;

	/** Whether this process has the functions, and they give the right bytes for a known message. Tried once. */
	static bool is_available();

	/** @param key of kKeyBytes, copied */
	explicit Gcm(const uint8_t *key);
	~Gcm();
	Gcm(const Gcm &) = delete;
	Gcm &operator=(const Gcm &) = delete;

	/** Memory was there and the key was taken. */
	bool is_ready() const { return seal_ != nullptr && open_ != nullptr; }

	/**
	 * Ciphers in place.
	 *
	 * @param nonce of kNonceBytes, never used before with this key
	 * @param tag kTagBytes are written
	 * @return false if it could not be done
	 */
	bool seal(const uint8_t *nonce, Bytes associated, Bytes text, uint8_t *tag);

	/**
	 * @param tag of kTagBytes, compared in constant time
	 * @param text as large as `ciphered`; zeroed unless the message is authentic
	 * @return whether it is
	 */
	bool open(const uint8_t *nonce, Bytes associated, Bytes ciphered, uint8_t *tag, uint8_t *text);

private:
	void *seal_ = nullptr;
	void *open_ = nullptr;
};

} // namespace mgm

#endif
