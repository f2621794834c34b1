/*
 * The cipher of messages, each in memory of its exact size, so that a byte read or written beside it is found: what is sealed
 * is opened, and nothing else is: no other tag, length, nonce, associated data or key. Run with sanitizers and the system's OpenSSL.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../../src/native/gcm.h"

namespace
{

using mgm::Bytes;
using mgm::Gcm;

int sealed, opened, refused;

[[noreturn]] void fail(const char *what, size_t size)
{
	fprintf(stderr, "%s, %zu bytes\n", what, size);
	exit(1);
}

Bytes bytes_of(std::vector<uint8_t> &vector)
{
	return { vector.data(), vector.size() };
}

/** @return whether it was opened; what comes out of one that was not must be zeros */
bool open(Gcm &gcm, std::vector<uint8_t> nonce, std::vector<uint8_t> data, std::vector<uint8_t> ciphered,
          std::vector<uint8_t> tag, const std::vector<uint8_t> &plain)
{
	std::vector<uint8_t> text(ciphered.size(), 0xee);
	if (gcm.open(nonce.data(), bytes_of(data), bytes_of(ciphered), tag.data(), text.data())) {
		if (text != plain)
			fail("another text", plain.size());
		opened++;
		return true;
	}
	for (const uint8_t byte : text)
		if (byte != 0)
			fail("a text that is not authentic was left", plain.size());
	refused++;
	return false;
}

void expect(bool is_right, const char *what, size_t size)
{
	if (!is_right)
		fail(what, size);
}

void try_size(Gcm &gcm, Gcm &other, size_t size)
{
	std::vector<uint8_t> plain(size), nonce(Gcm::kNonceBytes, static_cast<uint8_t>(size)), data(43, 7);
	for (size_t at = 0; at < size; at++)
		plain[at] = static_cast<uint8_t>(at * 31 + 1);
	std::vector<uint8_t> ciphered = plain, tag(Gcm::kTagBytes);
	expect(gcm.seal(nonce.data(), bytes_of(data), bytes_of(ciphered), tag.data()), "not sealed", size);
	sealed++;
	expect(open(gcm, nonce, data, ciphered, tag, plain), "not opened", size);
	for (size_t at = 0; at < Gcm::kTagBytes; at++) {
		std::vector<uint8_t> wrong = tag;
		wrong[at] ^= 0x80;
		expect(!open(gcm, nonce, data, ciphered, wrong, plain), "a wrong tag was taken", size);
	}
	std::vector<uint8_t> longer = ciphered;
	longer.push_back(0);
	expect(!open(gcm, nonce, data, longer, tag, plain), "a longer text was taken", size);
	if (size > 0) {
		const std::vector<uint8_t> shorter(ciphered.begin(), ciphered.end() - 1);
		expect(!open(gcm, nonce, data, shorter, tag, plain), "a shorter text was taken", size);
	}
	std::vector<uint8_t> other_data = data, other_nonce = nonce;
	other_data.pop_back();
	other_nonce[11] ^= 1;
	expect(!open(gcm, nonce, other_data, ciphered, tag, plain), "other associated data were taken", size);
	expect(!open(gcm, other_nonce, data, ciphered, tag, plain), "another nonce was taken", size);
	expect(!open(other, nonce, data, ciphered, tag, plain), "another key was taken", size);
	expect(open(gcm, nonce, data, ciphered, tag, plain), "not opened after refusals", size);
}

} // namespace

int main()
{
	if (!Gcm::is_available())
		fail("no cipher in this process", 0);
	const std::vector<uint8_t> key(Gcm::kKeyBytes, 1), other_key(Gcm::kKeyBytes, 2);
	Gcm gcm(key.data()), other(other_key.data());
	if (!gcm.is_ready() || !other.is_ready())
		fail("no key was taken", 0);
	for (size_t size = 0; size <= 100; size++)
		try_size(gcm, other, size);
	for (const size_t size : { 4095, 4096, 65537 })
		try_size(gcm, other, size);
	uint8_t none[Gcm::kTagBytes] = {};
	if (gcm.seal(none, { none, size_t(1) << 32 }, { none, 0 }, none) ||
	    gcm.open(none, { none, 0 }, { none, size_t(1) << 32 }, none, none))
		fail("a size that OpenSSL cannot take was taken", 0);
	printf("sealed %d opened %d refused %d\n", sealed, opened, refused);
	return 0;
}
