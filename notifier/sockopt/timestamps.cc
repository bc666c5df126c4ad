#include "notifier/sockopt/timestamps.h"

#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "notifier/kernel/guest_message.h"

namespace quiesce {

void AppendTimestamps(const OptionValues& options, Nanos when,
                      std::string* control) {
  const timespec precise = {when / kSecond, when % kSecond};
  const timeval coarse = {when / kSecond, when % kSecond / kMicrosecond};
  for (int name : {SO_TIMESTAMP, SO_TIMESTAMP_NEW}) {
    if (options.Get(SOL_SOCKET, name)) {
      AppendControl(SOL_SOCKET, name, &coarse, sizeof(coarse), control);
    }
  }
  for (int name : {SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW}) {
    if (options.Get(SOL_SOCKET, name)) {
      AppendControl(SOL_SOCKET, name, &precise, sizeof(precise), control);
    }
  }
  constexpr int kBoth =
      SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
  if ((options.Get(SOL_SOCKET, SO_TIMESTAMPING) & kBoth) == kBoth) {
    const timespec stamps[3] = {precise};  // the others are the hardware's
    AppendControl(SOL_SOCKET, SO_TIMESTAMPING, stamps, sizeof(stamps), control);
  }
}

}  // namespace quiesce
