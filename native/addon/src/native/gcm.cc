#include "gcm.h"

#include <climits>
#include <cstring>

#define MGM_FOREIGN __attribute__((weak))

// evp.h of OpenSSL: the same in 1.1, 3 and BoringSSL. Weak: null where the process does not export them.
extern "C" {

MGM_FOREIGN void *EVP_CIPHER_CTX_new();
MGM_FOREIGN void EVP_CIPHER_CTX_free(void *context);
MGM_FOREIGN int EVP_CIPHER_CTX_ctrl(void *context, int type, int number, void *bytes);
MGM_FOREIGN const void *EVP_aes_256_gcm();
MGM_FOREIGN int EVP_EncryptInit_ex(void *context, const void *type, void *engine, const uint8_t *key,
                                   const uint8_t *iv);
MGM_FOREIGN int EVP_EncryptUpdate(void *context, uint8_t *out, int *out_size, const uint8_t *in, int in_size);
MGM_FOREIGN int EVP_EncryptFinal_ex(void *context, uint8_t *out, int *out_size);
MGM_FOREIGN int EVP_DecryptInit_ex(void *context, const void *type, void *engine, const uint8_t *key,
                                   const uint8_t *iv);
MGM_FOREIGN int EVP_DecryptUpdate(void *context, uint8_t *out, int *out_size, const uint8_t *in, int in_size);
MGM_FOREIGN int EVP_DecryptFinal_ex(void *context, uint8_t *out, int *out_size);
}

namespace mgm
{
namespace
{

constexpr int kSetNonceBytes = 0x9;
constexpr int kGetTag = 0x10;
constexpr int kSetTag = 0x11;

bool has_openssl()
{
	return EVP_CIPHER_CTX_new != nullptr && EVP_CIPHER_CTX_free != nullptr && EVP_CIPHER_CTX_ctrl != nullptr &&
	       EVP_aes_256_gcm != nullptr && EVP_EncryptInit_ex != nullptr && EVP_EncryptUpdate != nullptr &&
	       EVP_EncryptFinal_ex != nullptr && EVP_DecryptInit_ex != nullptr && EVP_DecryptUpdate != nullptr &&
	       EVP_DecryptFinal_ex != nullptr;
}

/** Test case 16 of the specification of GCM (McGrew and Viega), its key, nonce, data, text and what comes out. */
bool gives_known_bytes()
{
	static const uint8_t key[] = { 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
		                           0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65,
		                           0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08 };
	static const uint8_t nonce[] = { 0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88 };
	uint8_t data[] = { 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
		               0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2 };
	static const uint8_t plain[] = { 0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
		                             0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
		                             0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
		                             0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
		                             0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39 };
	static const uint8_t sealed_tag[] = { 0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68,
		                                  0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b };
	static const uint8_t sealed_start[] = { 0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07,
		                                    0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d };
	Gcm gcm(key);
	if (!gcm.is_ready())
		return false;
	uint8_t text[sizeof plain];
	uint8_t opened[sizeof plain];
	uint8_t tag[Gcm::kTagBytes];
	for (int time = 0; time < 2; time++) { // the second time with what the first one has left
		memcpy(text, plain, sizeof text);
		if (!gcm.seal(nonce, { data, sizeof data }, { text, sizeof text }, tag))
			return false;
		if (memcmp(tag, sealed_tag, sizeof tag) != 0 || memcmp(text, sealed_start, sizeof sealed_start) != 0)
			return false;
		tag[0] ^= 1;
		if (gcm.open(nonce, { data, sizeof data }, { text, sizeof text }, tag, opened))
			return false;
		tag[0] ^= 1;
		if (!gcm.open(nonce, { data, sizeof data }, { text, sizeof text }, tag, opened))
			return false;
		if (memcmp(opened, plain, sizeof plain) != 0)
			return false;
	}
	return true;
}

} // namespace

bool Gcm::is_available()
{
	static const bool is_right = has_openssl() && gives_known_bytes();
	return is_right;
}

Gcm::Gcm(const uint8_t *key)
{
	void *const seal = EVP_CIPHER_CTX_new();
	void *const open = EVP_CIPHER_CTX_new();
	const auto take_key = [key](void *context, decltype(&EVP_EncryptInit_ex) init) {
		return context != nullptr && init(context, EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1 &&
		       EVP_CIPHER_CTX_ctrl(context, kSetNonceBytes, kNonceBytes, nullptr) == 1 &&
		       init(context, nullptr, nullptr, key, nullptr) == 1;
	};
	if (take_key(seal, EVP_EncryptInit_ex) && take_key(open, EVP_DecryptInit_ex)) {
		seal_ = seal;
		open_ = open;
		return;
	}
	EVP_CIPHER_CTX_free(seal); // a null pointer is allowed
	EVP_CIPHER_CTX_free(open);
}

Gcm::~Gcm()
{
	EVP_CIPHER_CTX_free(seal_); // wipes the key
	EVP_CIPHER_CTX_free(open_);
}

bool Gcm::seal(const uint8_t *nonce, Bytes associated, Bytes text, uint8_t *tag)
{
	int done = 0;
	if (associated.size > INT_MAX || text.size > INT_MAX)
		return false;
	return EVP_EncryptInit_ex(seal_, nullptr, nullptr, nullptr, nonce) == 1 &&
	       EVP_EncryptUpdate(seal_, nullptr, &done, associated.data, static_cast<int>(associated.size)) == 1 &&
	       (text.size == 0 ||
	        EVP_EncryptUpdate(seal_, text.data, &done, text.data, static_cast<int>(text.size)) == 1) &&
	       EVP_EncryptFinal_ex(seal_, tag, &done) == 1 && // gives no bytes
	       EVP_CIPHER_CTX_ctrl(seal_, kGetTag, kTagBytes, tag) == 1;
}

bool Gcm::open(const uint8_t *nonce, Bytes associated, Bytes ciphered, uint8_t *tag, uint8_t *text)
{
	int done = 0;
	uint8_t rest[kTagBytes];
	if (associated.size > INT_MAX || ciphered.size > INT_MAX)
		return false;
	const bool is_authentic =
		EVP_DecryptInit_ex(open_, nullptr, nullptr, nullptr, nonce) == 1 &&
		EVP_DecryptUpdate(open_, nullptr, &done, associated.data, static_cast<int>(associated.size)) == 1 &&
		(ciphered.size == 0 ||
	     EVP_DecryptUpdate(open_, text, &done, ciphered.data, static_cast<int>(ciphered.size)) == 1) &&
		EVP_CIPHER_CTX_ctrl(open_, kSetTag, kTagBytes, tag) == 1 && EVP_DecryptFinal_ex(open_, rest, &done) == 1;
	if (!is_authentic && ciphered.size > 0)
		memset(text, 0, ciphered.size);
	return is_authentic;
}

} // namespace mgm
