#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "result.h"

namespace mgm {

/**
 * What plugins inherit: "NAME=value" strings and the folders in which their programs are searched.
 * Made once per engine, read by all lanes.
 */
class Environment {
public:
	/** @param block strings, each with its NUL */
	explicit Environment(std::string block);
	/** Copies the environment of this process. JavaScript thread only. */
	static std::string of_this_process();

	/** Ends with a null pointer. */
	const std::vector<char *> &entries() const { return entries_; }
	/** Ends with a slash each. */
	const std::vector<std::string> &folders() const { return folders_; }

private:
	std::string block_;
	std::vector<char *> entries_;
	std::vector<std::string> folders_;
};

/** Numbers in front of a request, as index.ts writes them; then `groups` numbers, then strings with their NUL. */
struct RequestHeader {
	uint32_t id;
	uint32_t argc;
	uint32_t envc;
	uint32_t flags;
	double timeout_ms;
	double max_output_bytes;
	double cpu_seconds;
	double memory_bytes;
	double open_files;
	uint32_t uid;
	uint32_t gid;
	uint32_t groups;
	uint32_t reserved;
};
static_assert(sizeof(RequestHeader) == 72, "as in index.ts");

enum RequestFlag : uint32_t {
	kLimitCpu = 1,
	kLimitMemory = 2,
	kLimitFiles = 4,
	kRunAs = 8,
	kJoinCgroup = 16,
};

/** One plugin to start, with everything the child needs laid out before there is one. */
class Request {
public:
	/**
	 * Copies `bytes`.
	 *
	 * @return null when they are not a request or a string holds a NUL byte
	 * @throws std::bad_alloc
	 */
	static std::unique_ptr<Request> parse(const uint8_t *bytes, size_t length);

	/** Lays out arguments, environment and the files to try. Lane thread; may throw std::bad_alloc. */
	void prepare(const Environment &environment);

	bool has(RequestFlag flag) const { return (header_.flags & flag) != 0; }
	const RequestHeader &header() const { return header_; }
	char *const *argv() { return argv_.data(); }
	char *const *envp() const { return envp_; }
	/** Paths to be tried in turn, ends with a null pointer. */
	char *const *files() { return files_.data(); }
	/** The name has no slash: `files` are its places in PATH. */
	bool is_searched() const { return !paths_.empty(); }
	/** For a file that is no program: the shell with the file and its arguments; [1] is the file's place. */
	char **shell_argv() { return shell_argv_.data(); }
	const std::vector<gid_t> &groups() const { return groups_; }
	/** File that takes the process into the cgroup. */
	const char *cgroup() const { return cgroup_.c_str(); }
	/** Moves a record with the number of this request to the end of `results`; at most twice. */
	Result &report(Results &results);

private:
	static constexpr size_t kReports = 2;

	void lay_out_env(const Environment &environment);
	void find_files(const Environment &environment);

	RequestHeader header_ = {};
	std::vector<char> strings_;
	std::vector<char *> argv_;
	std::vector<char *> overlay_;
	std::vector<char *> merged_env_;
	std::vector<char *> files_;
	std::vector<char *> shell_argv_;
	std::vector<std::string> paths_;
	std::vector<gid_t> groups_;
	std::string cgroup_;
	/** Made with the request: its end, and what may follow. */
	Results reports_{kReports};
	char *const *envp_ = nullptr;
};

} // namespace mgm
