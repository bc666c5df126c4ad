// Requests about multicast groups: option by option, with whatever for a
// struct. What a socket has joined it leaves at its end.
#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "notifier/base/ip.h"
#include "notifier/datagram/multicast_options.h"
#include "notifier/net/stack.h"

// Each step of an input: level and option, a length, that many bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  Stack stack;
  stack.SetUp(1);
  const int link = stack.AddEthernet("eth1", {2, 0, 0, 0, 0, 1}, 1500);
  stack.SetUp(link);
  stack.AddAddress(link, *IpPrefix::Parse("10.0.1.1/24"));
  stack.AddAddress(link, *IpPrefix::Parse("fd00:1::1/64"));
  {
    MulticastOptions options(&stack);
    size_t at = 0;
    for (int steps = 0; at + 3 <= size && steps < 64; ++steps) {
      const int level = data[at] & 1 ? IPPROTO_IPV6 : IPPROTO_IP;
      const int name = data[at + 1];
      size_t length = data[at + 2];
      at += 3;
      length = length < size - at ? length : size - at;
      const absl::string_view value(reinterpret_cast<const char*>(data) + at,
                                    length);
      at += length;
      options.Set(level, name, value);
      std::string shown(value.data(), value.size());
      options.Get(level, name, &shown);
      for (const char* group : {"224.0.0.5", "239.1.2.3", "ff02::5"}) {
        const IpAddress address = *IpAddress::Parse(group);
        const IpAddress source =
            *IpAddress::Parse(address.v4() ? "10.0.1.2" : "fd00:1::2");
        options.Allows(address, source, link, false);
      }
    }
  }
  for (const char* group : {"239.1.2.3", "ff05::5"}) {
    if (stack.Hears(link, *IpAddress::Parse(group))) abort();
  }
  return 0;
}
