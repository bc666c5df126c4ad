#include "supervisor/record/recording_dir.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr char kCommon[] = "run.textproto";
constexpr char kHead[] =
    "# proto-file: proto/recording.proto\n"
    "# proto-message: quiesce.proto.Recording\n";
constexpr size_t kBuffer = 1 << 16;

std::string StepsOf(const std::string& node) {
  return absl::StrCat(node, ".steps");
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(
    const std::string& path, const proto::Recording& common) {
  ASSIGN_OR_RETURN(OutputDir dir, OutputDir::Create(path));
  std::string text;
  if (!google::protobuf::TextFormat::PrintToString(common, &text)) {
    return absl::InternalError("the recording's head cannot be printed");
  }
  RETURN_IF_ERROR(dir.WriteFile(kCommon, absl::StrCat(kHead, text)));
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter);
  for (const proto::Node& node : common.topology().node()) {
    ASSIGN_OR_RETURN(OutputFile file, dir.File(StepsOf(node.name())));
    writer->files_.push_back({std::move(file), ""});
  }
  return writer;
}

RecordingWriter::~RecordingWriter() { Close().IgnoreError(); }

void RecordingWriter::Add(NodeId node, const proto::NodeStep& step) {
  if (files_.empty()) return;
  File& file = files_[node];
  {
    google::protobuf::io::StringOutputStream stream(&file.waiting);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(step, &stream);
  }
  if (file.waiting.size() < kBuffer) return;
  file.file.Write(file.waiting);
  file.waiting.clear();
}

absl::Status RecordingWriter::Close() {
  absl::Status status;
  for (File& file : files_) {
    file.file.Write(file.waiting);
    status.Update(file.file.Close());
  }
  files_.clear();
  return status;
}

absl::StatusOr<proto::Recording> ReadRecording(const std::string& path) {
  const std::string name = absl::StrCat(path, "/", kCommon);
  std::ifstream file(name);
  std::ostringstream text;
  text << file.rdbuf();
  proto::Recording common;
  if (!file ||
      !google::protobuf::TextFormat::ParseFromString(text.str(), &common)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " holds no recording: ", name,
                     file ? " is none" : " cannot be read"));
  }
  return common;
}

absl::StatusOr<std::vector<proto::NodeStep>> ReadSteps(
    const std::string& path, const std::string& node) {
  const std::string name = absl::StrCat(path, "/", StepsOf(node));
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " holds no recording of a node called ", node));
  }
  google::protobuf::io::IstreamInputStream stream(&file);
  std::vector<proto::NodeStep> steps;
  while (true) {
    proto::NodeStep step;
    bool end = false;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(
            &step, &stream, &end)) {
      if (end) return steps;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " is damaged after step ", steps.size()));
    }
    steps.push_back(std::move(step));
  }
}

}  // namespace quiesce
