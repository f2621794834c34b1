#include "request.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

extern char **environ;

namespace mgm
{
namespace
{

char shell_path[] = "/bin/sh";
/** Folders that execvp() searches if PATH is not set. Source: exec(3). */
constexpr char kDefaultPath[] = "/bin:/usr/bin";
constexpr char kPathName[] = "PATH=";

/** Orders entries by name, the part in front of the first "=". */
int compare_names(const char *one, const char *other)
{
	for (;; one++, other++) {
		const int left = *one == '=' ? 0 : static_cast<unsigned char>(*one);
		const int right = *other == '=' ? 0 : static_cast<unsigned char>(*other);
		if (left != right || left == 0)
			return left - right;
	}
}

bool is_before(const char *one, const char *other)
{
	return compare_names(one, other) < 0;
}

} // namespace

Environment::Environment(std::string block) : block_(std::move(block))
{
	const char *path = kDefaultPath;
	for (size_t at = 0; at < block_.size(); at += strlen(&block_[at]) + 1) {
		entries_.push_back(&block_[at]);
		if (strncmp(&block_[at], kPathName, strlen(kPathName)) == 0)
			path = &block_[at] + strlen(kPathName);
	}
	entries_.push_back(nullptr);
	for (const char *from = path;;) {
		const char *end = strchrnul(from, ':');
		std::string folder(from, end);
		folders_.push_back(folder.empty() ? "./" : folder + "/");
		if (*end == '\0')
			break;
		from = end + 1;
	}
}

std::string Environment::of_this_process()
{
	std::string block;
	for (char **entry = environ; entry != nullptr && *entry != nullptr; entry++)
		block.append(*entry, strlen(*entry) + 1);
	return block;
}

std::unique_ptr<Request> Request::parse(const uint8_t *bytes, size_t length)
{
	auto request = std::make_unique<Request>();
	RequestHeader &header = request->header_;
	if (length < sizeof(header))
		return nullptr;
	memcpy(&header, bytes, sizeof(header));
	size_t at = sizeof(header);
	if (header.argc == 0 || header.groups > (length - at) / sizeof(uint32_t))
		return nullptr;
	request->groups_.resize(header.groups);
	if (header.groups > 0)
		memcpy(request->groups_.data(), bytes + at, header.groups * sizeof(uint32_t));
	at += header.groups * sizeof(uint32_t);
	request->strings_.assign(bytes + at, bytes + length);
	char *next = request->strings_.data();
	char *end = next + request->strings_.size();
	auto take = [&]() -> char * {
		char *nul = next == end ? nullptr : static_cast<char *>(memchr(next, 0, static_cast<size_t>(end - next)));
		char *string = next;
		next = nul == nullptr ? end : nul + 1;
		return nul == nullptr ? nullptr : string;
	};
	bool whole = true;
	for (uint32_t n = 0; n < header.argc && whole; n++) {
		request->argv_.push_back(take());
		whole = request->argv_.back() != nullptr;
	}
	for (uint32_t n = 0; n < header.envc && whole; n++) {
		request->overlay_.push_back(take());
		whole = request->overlay_.back() != nullptr;
	}
	if (whole && request->has(kJoinCgroup)) {
		const char *folder = take();
		whole = folder != nullptr;
		if (whole)
			request->cgroup_ = std::string(folder) + "/cgroup.procs";
	}
	// bytes are left: more strings than announced, so one of them holds a NUL byte
	return whole && next == end ? std::move(request) : nullptr;
}

Result &Request::report(Results &results)
{
	results.splice(results.end(), reports_, reports_.begin());
	results.back().record.id = header_.id;
	return results.back();
}

void Request::prepare(const Environment &environment)
{
	shell_argv_.reserve(argv_.size() + 2);
	shell_argv_.push_back(shell_path);
	shell_argv_.push_back(nullptr);
	for (size_t n = 1; n < argv_.size(); n++)
		shell_argv_.push_back(argv_[n]);
	shell_argv_.push_back(nullptr);
	find_files(environment);
	argv_.push_back(nullptr);
	lay_out_env(environment);
}

/**
 * Of two entries with the same name the later one counts; an overlay entry replaces an inherited one. Sorted, so that the
 * cost is n log n for the number of entries, which only ARG_MAX bounds.
 */
void Request::lay_out_env(const Environment &environment)
{
	if (overlay_.empty()) {
		envp_ = environment.entries().data();
		return;
	}
	// strings are stored in the order given: a later one has the higher address
	std::sort(overlay_.begin(), overlay_.end(), [](const char *one, const char *other) {
		const int order = compare_names(one, other);
		return order != 0 ? order < 0 : one > other;
	});
	const auto is_same = [](const char *one, const char *other) { return compare_names(one, other) == 0; };
	overlay_.erase(std::unique(overlay_.begin(), overlay_.end(), is_same), overlay_.end());
	merged_env_.reserve(overlay_.size() + environment.entries().size());
	merged_env_.assign(overlay_.begin(), overlay_.end());
	for (char *entry : environment.entries())
		if (entry == nullptr || !std::binary_search(overlay_.begin(), overlay_.end(), entry, is_before))
			merged_env_.push_back(entry);
	envp_ = merged_env_.data();
}

void Request::find_files(const Environment &environment)
{
	const size_t length = strlen(argv_[0]);
	// a longer name cannot exist; execve() reports it without one copy per folder
	if (length > 0 && length <= NAME_MAX && memchr(argv_[0], '/', length) == nullptr) {
		for (const std::string &folder : environment.folders())
			paths_.push_back(folder + argv_[0]);
		for (std::string &path : paths_)
			files_.push_back(path.data());
	} else {
		files_.push_back(argv_[0]);
	}
	files_.push_back(nullptr);
}

} // namespace mgm
