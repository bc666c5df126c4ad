#include "topo/textproto.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "topo/build.h"
#include "topo/read_file.h"

namespace quiesce {
namespace {

class Collector : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(absl::string_view file) : errors_(file) {}

  void AddError(int line, int column, const std::string& message) override {
    errors_.AddLine(line + 1,
                    absl::StrCat("column ", column + 1, ": ", message));
  }

  const Diagnostics& errors() const { return errors_; }

 private:
  Diagnostics errors_;
};

}  // namespace

absl::Status ParseTextproto(absl::string_view name, absl::string_view text,
                            google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* tree) {
  Collector collector(name);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  if (tree != nullptr) parser.WriteLocationsTo(tree);
  google::protobuf::io::ArrayInputStream input(text.data(),
                                               static_cast<int>(text.size()));
  if (!parser.Parse(&input, message) && collector.errors().ok()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": cannot be read"));
  }
  return collector.errors().ToStatus();
}

absl::StatusOr<Topology> ParseTopologyText(absl::string_view text,
                                           const std::string& file,
                                           const std::string& default_image) {
  proto::Topology words;
  google::protobuf::TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ParseTextproto(file, text, &words, &tree));
  if (words.name().empty()) words.set_name(Stem(file));
  BuildOptions options;
  options.file = file;
  options.tree = &tree;
  options.directory = Directory(file);
  options.default_image = default_image;
  return BuildTopology(words, options);
}

absl::StatusOr<Topology> ReadTopologyFile(const std::string& path,
                                          const std::string& default_image) {
  auto text = ReadFile(path);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  return ParseTopologyText(*text, path, default_image);
}

}  // namespace quiesce
