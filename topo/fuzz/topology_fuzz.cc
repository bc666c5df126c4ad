// Topology files: every text is a topology, which can be written down and read
// again, or a list of mistakes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/str_replace.h"
#include "topo/textproto.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  // A file that it names would be one of this machine's; its name is taken for
  // what is in it.
  const std::string text = absl::StrReplaceAll(
      absl::string_view(reinterpret_cast<const char*>(data), size),
      {{"source", "content"}});
  const auto topology = ParseTopologyText(text, "fuzz.textproto", "frr");
  if (!topology.ok()) {
    if (topology.status().message().empty()) abort();
    return 0;
  }
  const std::string written = topology->DumpTextproto();
  const auto again = ParseTopologyText(written, "again.textproto", "");
  if (!again.ok() || again->DumpTextproto() != written) abort();
  return 0;
}
