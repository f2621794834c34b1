#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "result.h"

namespace mgm
{

/**
 * "NAME=value" strings that plugins inherit, and the folders of PATH. Created once per engine, read by all lanes.
 */
class Environment
{
public:
	/** @param block strings, each with its NUL */
	explicit Environment(std::string block);
	/** Copies the environment of this process. JavaScript thread only. */
	static std::string of_this_process();

	/** Terminated by a null pointer. */
	const std::vector<char *> &entries() const { return entries_; }
	/** Each ends with a slash. */
	const std::vector<std::string> &folders() const { return folders_; }

private:
	std::string block_;
	std::vector<char *> entries_;
	std::vector<std::string> folders_;
};

/** Start of a request as index.ts writes it; `groups` numbers and the NUL-terminated strings follow. */
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

/** One plugin to start; everything the child needs is prepared before it exists. */
class Request
{
public:
	/**
	 * Copies `bytes`.
	 *
	 * @return null if they are not a valid request or a string holds a NUL byte
	 * @throws std::bad_alloc
	 */
	static std::unique_ptr<Request> parse(const uint8_t *bytes, size_t length);

	/** Prepares arguments, environment and the files to try. Lane thread. @throws std::bad_alloc */
	void prepare(const Environment &environment);

	bool has(RequestFlag flag) const { return (header_.flags & flag) != 0; }
	const RequestHeader &header() const { return header_; }
	char *const *argv() { return argv_.data(); }
	char *const *envp() const { return envp_; }
	/** Paths to try in order, terminated by a null pointer. */
	char *const *files() { return files_.data(); }
	/** True if the name has no slash, so that `files` are its candidates in PATH. */
	bool is_searched() const { return !paths_.empty(); }
	/** Command line of the shell for a file without an executable format; the caller sets [1] to the file. */
	char **shell_argv() { return shell_argv_.data(); }
	const std::vector<gid_t> &groups() const { return groups_; }
	/** Path of the cgroup's cgroup.procs. */
	const char *cgroup() const { return cgroup_.c_str(); }
	/** Appends a record with the id of this request to `results`; at most kReports times. */
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
	/** Allocated with the request: one for its end, one for `gone` or `unkillable`. */
	Results reports_{ kReports };
	char *const *envp_ = nullptr;
};

} // namespace mgm
