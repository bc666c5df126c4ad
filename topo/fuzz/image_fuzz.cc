// Image descriptions: every text is one, or a list of mistakes.
#include <cstdint>
#include <cstdlib>

#include "topo/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto image = ParseImage(text, "fuzz.textproto");
  if (!image.ok() && image.status().message().empty()) abort();
  if (image.ok()) FindProcess(*image, "bgpd");
  return 0;
}
