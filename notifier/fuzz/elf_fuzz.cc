// Program files that guests start, looked through for instructions that read
// the time stamp counter: what is put in their place leads from one piece to
// the next, and back.
#include <cstdint>
#include <cstdlib>

#include "notifier/guest/tsc.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  const TscSites sites =
      FindTscSites({reinterpret_cast<const char*>(data), size});
  for (const TscSites::Site& site : sites.sites) {
    const auto leap = static_cast<int64_t>(site.hop - (site.at + 2));
    if (leap < INT8_MIN || leap > INT8_MAX) abort();
    if (site.size != 2 && site.size != 3) abort();
  }
  constexpr uint64_t kLoaded = 0x555500000000, kCounter = 0x7fff00000000;
  if (RedirectTsc(sites, kLoaded, kCounter).size() != 3 * sites.sites.size()) {
    abort();
  }
  return 0;
}
