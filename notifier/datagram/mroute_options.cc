#include "notifier/datagram/mroute_options.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "notifier/sockopt/option_table.h"

namespace quiesce {
namespace {

// MRT6_* are the same numbers.
static_assert(MRT6_INIT == MRT_INIT && MRT6_ADD_MFC_PROXY == MRT_ADD_MFC_PROXY);
constexpr int kLastOption = MRT_FLUSH;
constexpr int kVersion = 0x0305;

template <typename T>
bool As(absl::string_view bytes, T* value) {
  if (bytes.size() < sizeof(T)) return false;
  memcpy(value, bytes.data(), sizeof(T));
  return true;
}

}  // namespace

MrouteOptions::MrouteOptions(const Socket* socket, NodeKernel* kernel)
    : socket_(socket),
      kernel_(kernel),
      routing_(&kernel->stack().multicast(socket->family())) {}

MrouteOptions::~MrouteOptions() {
  if (Routes()) routing_->SocketGone(socket_->cookie());
}

bool MrouteOptions::Has(int level, int name) const {
  const int own =
      socket_->family() == AF_INET ? int{IPPROTO_IP} : int{IPPROTO_IPV6};
  return level == own && name >= MRT_BASE && name <= kLastOption;
}

bool MrouteOptions::Routes() const {
  const int number =
      socket_->family() == AF_INET ? int{IPPROTO_IGMP} : int{IPPROTO_ICMPV6};
  return socket_->type() == SOCK_RAW && socket_->protocol() == number;
}

int MrouteOptions::Set(Call& call, int level, int name,
                       absl::string_view value) {
  if (!Has(level, name)) return -1;
  if (!Routes()) return EOPNOTSUPP;
  const uint64_t cookie = socket_->cookie();
  if (name != MRT_INIT && routing_->table(table_).owner != cookie &&
      !call.Capable(CAP_NET_ADMIN)) {
    return EACCES;
  }
  switch (name) {
    case MRT_INIT:
      if (value.size() != sizeof(int)) return EINVAL;
      kernel_->Confess(
          "multicast routes are kept; multicasts are not forwarded by them");
      return routing_->Start(table_, cookie);
    case MRT_DONE:
      return routing_->Stop(table_, cookie);
    case MRT_ADD_VIF:
    case MRT_DEL_VIF:
      return SetInterface(name, value);
    case MRT_ADD_MFC:
    case MRT_DEL_MFC:
    case MRT_ADD_MFC_PROXY:
    case MRT_DEL_MFC_PROXY:
      return SetRoute(name, value);
    case MRT_ASSERT:
    case MRT_PIM:
    case MRT_TABLE:
    case MRT_FLUSH:
      return SetNumber(name, value);
    default:
      return ENOPROTOOPT;
  }
}

int MrouteOptions::SetInterface(int name, absl::string_view value) {
  int number = 0;
  MulticastInterface interface;
  if (socket_->family() == AF_INET) {
    vifctl words;
    if (value.size() != sizeof(words) || !As(value, &words)) return EINVAL;
    number = words.vifc_vifi;
    if (number >= MulticastRouting::kMaxInterfaces) return ENFILE;
    interface.flags = words.vifc_flags;
    interface.threshold = words.vifc_threshold;
    interface.registers = words.vifc_flags == VIFF_REGISTER;
    if (name == MRT_ADD_VIF && !interface.registers) {
      if (words.vifc_flags != 0 && words.vifc_flags != VIFF_USE_IFINDEX) {
        return words.vifc_flags == VIFF_TUNNEL ? ENOBUFS : EINVAL;
      }
      interface.ifindex = words.vifc_lcl_ifindex;
      if (words.vifc_flags == 0) {
        const Address* own =
            kernel_->stack().FindAddress(IpAddress::From(words.vifc_lcl_addr));
        if (own == nullptr) return EADDRNOTAVAIL;
        interface.ifindex = own->ifindex;
      }
    }
  } else {
    mif6ctl words;
    if (name == MRT6_DEL_MIF) {
      mifi_t mifi;
      if (!As(value, &mifi)) return EINVAL;
      return routing_->DeleteInterface(table_, mifi);
    }
    if (!As(value, &words)) return EINVAL;
    number = words.mif6c_mifi;
    if (number >= MulticastRouting::kMaxInterfaces) return ENFILE;
    interface.flags = words.mif6c_flags;
    interface.threshold = words.vifc_threshold;
    interface.ifindex = words.mif6c_pifi;
    interface.registers = words.mif6c_flags == MIFF_REGISTER;
    if (words.mif6c_flags != 0 && !interface.registers) return EINVAL;
  }
  return name == MRT_ADD_VIF ? routing_->AddInterface(table_, number, interface)
                             : routing_->DeleteInterface(table_, number);
}

int MrouteOptions::SetRoute(int name, absl::string_view value) {
  MulticastRoute route;
  route.table = table_;
  if (socket_->family() == AF_INET) {
    mfcctl words;
    if (value.size() != sizeof(words) || !As(value, &words)) return EINVAL;
    route.source = IpAddress::From(words.mfcc_origin);
    route.group = IpAddress::From(words.mfcc_mcastgrp);
    route.parent = words.mfcc_parent;
    for (int i = 0; i < MAXVIFS; ++i) {
      const uint8_t ttl = words.mfcc_ttls[i];
      if (ttl != 0 && ttl != 255) route.ttls[i] = ttl;
    }
  } else {
    mf6cctl words;
    if (!As(value, &words)) return EINVAL;
    route.source = IpAddress::From(words.mf6cc_origin.sin6_addr);
    route.group = IpAddress::From(words.mf6cc_mcastgrp.sin6_addr);
    route.parent = words.mf6cc_parent;
    for (int i = 0; i < MAXMIFS; ++i) {
      if (IF_ISSET(i, &words.mf6cc_ifset)) route.ttls[i] = 1;
    }
  }
  if (name == MRT_DEL_MFC || name == MRT_DEL_MFC_PROXY) {
    return routing_->DeleteRoute(table_, route.source, route.group);
  }
  return routing_->AddRoute(std::move(route));
}

int MrouteOptions::SetNumber(int name, absl::string_view value) {
  int number;
  if (value.size() != sizeof(number) || !As(value, &number)) return EINVAL;
  MulticastRouting::Table& table = routing_->table(table_);
  switch (name) {
    case MRT_ASSERT:
      table.assert = number != 0;
      return 0;
    case MRT_PIM:  // and the other way round, asserts
      table.pim = table.assert = number != 0;
      return 0;
    case MRT_FLUSH:
      routing_->Flush(table_, number & (MRT_FLUSH_VIFS | MRT_FLUSH_VIFS_STATIC),
                      number & (MRT_FLUSH_MFC | MRT_FLUSH_MFC_STATIC));
      return 0;
    default:  // MRT_TABLE
      if (table.owner == socket_->cookie()) return EBUSY;
      table_ = number;
      routing_->table(table_);
      return 0;
  }
}

int MrouteOptions::Get(int level, int name, std::string* value) const {
  if (!Has(level, name)) return -1;
  if (!Routes()) return EOPNOTSUPP;
  const MulticastRouting::Table& table = routing_->table(table_);
  switch (name) {
    case MRT_VERSION:
      PutInt(kVersion, value);
      return 0;
    case MRT_PIM:
      PutInt(table.pim, value);
      return 0;
    case MRT_ASSERT:
      PutInt(table.assert, value);
      return 0;
    default:
      return ENOPROTOOPT;
  }
}

int MrouteOptions::Ioctl(Call& call, uint32_t request,
                         GuestAddr argument) const {
  if (socket_->type() != SOCK_RAW ||
      (request != SIOCGETVIFCNT && request != SIOCGETSGCNT)) {
    return -1;
  }
  const MulticastRouting::Table& table = routing_->table(table_);
  const bool v4 = socket_->family() == AF_INET;
  // Counters, all of which are zero: what matters is whether it is there.
  const auto answer = [&](auto words, const auto& exists) {
    const auto read = call.memory->ReadValue<decltype(words)>(argument);
    return read.ok() ? exists(*read) : read.error();
  };
  const auto interface = [&](int number) {
    if (table.interfaces.empty() || number > table.interfaces.rbegin()->first) {
      return EINVAL;
    }
    return table.interfaces.contains(number) ? 0 : EADDRNOTAVAIL;
  };
  const auto route = [&](const IpAddress& source, const IpAddress& group) {
    return table.routes.contains({group, source}) ? 0 : EADDRNOTAVAIL;
  };
  if (request == SIOCGETVIFCNT) {
    if (v4) {
      return answer(sioc_vif_req{},
                    [&](const sioc_vif_req& r) { return interface(r.vifi); });
    }
    return answer(sioc_mif_req6{},
                  [&](const sioc_mif_req6& r) { return interface(r.mifi); });
  }
  if (v4) {
    return answer(sioc_sg_req{}, [&](const sioc_sg_req& r) {
      return route(IpAddress::From(r.src), IpAddress::From(r.grp));
    });
  }
  return answer(sioc_sg_req6{}, [&](const sioc_sg_req6& r) {
    return route(IpAddress::From(r.src.sin6_addr),
                 IpAddress::From(r.grp.sin6_addr));
  });
}

}  // namespace quiesce
