// Every mistake of an input, each with its place, collected instead of stopping
// at the first.
#ifndef QUIESCE_TOPO_DIAGNOSTICS_H_
#define QUIESCE_TOPO_DIAGNOSTICS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// A message inside a message: its line, where it was read from a file, and its
// name in words ("node r1, interface eth1"). Borrows the parse tree.
class Place {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  // The whole file, or (without a tree) a message that was never text.
  Place(const google::protobuf::Descriptor* type, const Tree* tree)
      : type_(type), tree_(tree) {}

  // The index-th value of the message field `field`, called `words`. For a
  // field that is not repeated the index is -1.
  Place Inside(absl::string_view field, int index,
               absl::string_view words) const;

  // The same message, but the line of one of its fields.
  Place At(absl::string_view field, int index = -1) const;

  int line() const { return line_; }  // from 1; 0 is unknown
  const std::string& words() const { return words_; }

 private:
  const google::protobuf::Descriptor* type_;
  const Tree* tree_;
  int line_ = 0;
  std::string words_;
};

// Collects; owned by whoever reads the input.
class Diagnostics {
 public:
  // `file` is what lines are lines of; "" where there is no file.
  explicit Diagnostics(absl::string_view file = "") : file_(file) {}

  // `message` says what is wrong and what to do.
  void Add(const Place& place, absl::string_view message);
  void AddLine(int line, absl::string_view message);

  bool ok() const { return errors_.empty(); }
  int size() const { return static_cast<int>(errors_.size()); }
  // OK, or InvalidArgument with one line for each error, in the order of the
  // file: "net.textproto:12: node r1: ...".
  absl::Status ToStatus() const;

 private:
  struct Error {
    int line;
    std::string text;
  };
  std::string file_;
  std::vector<Error> errors_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_DIAGNOSTICS_H_
