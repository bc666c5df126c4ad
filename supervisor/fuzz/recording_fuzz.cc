// Recordings as users hand them in: their head, and the steps of a node.
//
// An input is what it is of the two (a byte), and the file.
#include <google/protobuf/stubs/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "supervisor/fabric/message_proto.h"
#include "supervisor/record/recording_dir.h"
#include "topo/build.h"

namespace quiesce {
namespace {

const std::string& Place() {
  static const std::string* const place = [] {
    const char* tmp = getenv("TEST_TMPDIR");
    auto* made = new std::string(
        absl::StrCat(tmp == nullptr ? "/tmp" : tmp, "/recording.", getpid()));
    mkdir(made->c_str(), 0700);
    atexit([] {
      unlink(absl::StrCat(Place(), "/run.textproto").c_str());
      unlink(absl::StrCat(Place(), "/r1.steps").c_str());
      rmdir(Place().c_str());
    });
    return made;
  }();
  return *place;
}

void Write(const std::string& name, absl::string_view bytes) {
  std::ofstream file(absl::StrCat(Place(), "/", name), std::ios::binary);
  if (!file.write(bytes.data(), bytes.size())) abort();
}

void ReadHead(absl::string_view bytes) {
  Write("run.textproto", absl::StrReplaceAll(bytes, {{"source", "content"}}));
  const auto head = ReadRecording(Place());
  if (!head.ok()) return;
  BuildTopology(head->topology(), BuildOptions()).status().IgnoreError();
}

void ReadNode(absl::string_view bytes) {
  Write("r1.steps", bytes);
  const auto steps = ReadSteps(Place(), "r1");
  if (!steps.ok()) return;
  for (const proto::NodeStep& step : *steps) {
    for (const proto::Message& words : step.activate().input()) {
      const auto message = MessageFromProto(words);
      if (!message.ok()) continue;
      // What was read is written, and read, as it is.
      proto::Message again;
      MessageToProto(*message, &again);
      if (!MessageFromProto(again).ok()) abort();
    }
  }
}

}  // namespace
}  // namespace quiesce

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const loud = google::protobuf::SetLogHandler(nullptr);
  (void)loud;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  if (data[0] & 1) {
    quiesce::ReadNode(bytes);
  } else {
    quiesce::ReadHead(bytes);
  }
  return 0;
}
