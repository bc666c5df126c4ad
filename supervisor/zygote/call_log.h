// What a template has asked of the kernel and done to it until it was stopped,
// and which of it has to be done again in each copy.
//
// A fork copies memory; whatever else a process has become lives in the kernel:
// descriptors, credentials, files it made. So calls are of four kinds. Those
// about memory and signal handlers need not be repeated, a fork copies these.
// Those that ask for what is the same in every node (the image's files, its own
// credentials) need not either. Those that change the kernel's state are made
// again in the copy, in order, and must return what they returned. All others
// stop the template before they are made: what is not in the table is unknown.
//
// Pure: a value and rules.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_CALL_LOG_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_CALL_LOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace quiesce {

enum class CallKind : uint8_t {
  kStops,    // not in the table
  kMemory,   // a fork copies what it does
  kAsks,     // the answer is the same in every node
  kChanges,  // to be made again in each copy
  // Changes that are about descriptors:
  kOpens,  // returns a new one
  kPipe,   // writes two new ones
  kCloses,
  kUses,       // asks something of one
  kUsesState,  // changes what it is
  kWrites,     // changes what is behind it, for others, too
  kReads,      // moves its position
  // Answered by whoever runs the template:
  kIdentity,
};

// What an argument is:
//   v a value     p a path       f a descriptor    a a descriptor to look from
//   b bytes, as many as the next argument says     1-9 so many words of 4 bytes
//   g words of 4 bytes, as many as the previous argument says
//   s a socket address, as long as the next argument says
//   o written by the kernel, two words of 4 bytes  - not looked at
struct CallRule {
  int number;
  const char* name;
  CallKind kind;
  const char* arguments;
};

// Null: the call stops a template whatever its arguments are.
const CallRule* FindCallRule(int64_t number);
// "openat", or "system call 999".
std::string CallName(int64_t number);

struct LoggedCall {
  int64_t number = 0;
  CallKind kind = CallKind::kChanges;
  uint64_t arguments[6] = {};
  int64_t result = 0;
  // What pointers pointed at: argument, bytes.
  std::vector<std::pair<int, std::string>> given;
  int open_file = -1;      // which one it is about; -1: none
  int pipe[2] = {-1, -1};  // the numbers it made
};

// An open file of the template, under however many numbers.
struct OpenFile {
  std::string path;     // empty: none
  int numbers = 0;      // descriptors that it has
  bool traces = false;  // remains to be seen when it is closed
  bool regular = false;
  bool was_read = false;  // its position has moved by that
};

class CallLog {
 public:
  CallLog();

  // Enters a call that has been made.
  void Add(LoggedCall call, const std::string& path, bool regular);
  // The open file of a number; null: it is none of ours.
  const OpenFile* FileOf(int number) const;
  int IdOf(int number) const;

  // The descriptors whose position reads have moved.
  std::vector<int> ReadNumbers() const;
  // What a copy has to do again, in order, but for reads.
  std::vector<LoggedCall> ToRepeat() const;
  // Same calls and results, and the same given in those to be repeated. (Bytes
  // that nobody has set, in a buffer for others, may differ.)
  bool SameAs(const CallLog& other, std::string* difference) const;
  size_t size() const { return calls_.size(); }

 private:
  int NewFile(const std::string& path, bool traces, bool regular);
  // It was about a file that is gone without a trace.
  bool IsForgotten(const LoggedCall& call) const;
  void Place(int number, int file);
  void Drop(int number);

  std::vector<LoggedCall> calls_;  // those of kinds that change anything
  std::vector<OpenFile> files_;
  std::map<int, int> numbers_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_CALL_LOG_H_
