// rtnetlink requests that make links and change them.
#ifndef QUIESCE_TESTDATA_GUESTS_LINK_REQUESTS_H_
#define QUIESCE_TESTDATA_GUESTS_LINK_REQUESTS_H_

#include <linux/if_link.h>
#include <net/if.h>

#include <algorithm>
#include <string>

#include "testdata/guests/netlink_message.h"

namespace guest {

inline std::string Nest(int type, const std::string& payload) {
  rtattr header = {static_cast<unsigned short>(RTA_LENGTH(payload.size())),
                   static_cast<unsigned short>(type)};
  std::string bytes(reinterpret_cast<char*>(&header), sizeof(header));
  bytes += payload;
  bytes.resize(RTA_ALIGN(bytes.size()), '\0');
  return bytes;
}

template <typename T>
std::string Number(int type, T value) {
  return Nest(type,
              std::string(reinterpret_cast<char*>(&value), sizeof(value)));
}

// `data`: attributes of the kind; `lower`: the link that it is on.
inline Request NewLink(const std::string& name, const std::string& kind,
                       const std::string& data = "", int flags = IFF_UP,
                       int lower = 0) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  ifinfomsg body = {};
  body.ifi_flags = flags;
  body.ifi_change = IFF_UP;
  request.Add(body);
  request.Attribute(IFLA_IFNAME, name.c_str(), name.size() + 1);
  if (lower != 0) request.Attribute(IFLA_LINK, &lower, sizeof(lower));
  std::string info = Nest(IFLA_INFO_KIND, kind);
  if (!data.empty()) info += Nest(IFLA_INFO_DATA, data);
  request.Attribute(IFLA_LINKINFO, info.data(), info.size());
  return request;
}

inline Request Enslave(const std::string& name, int master) {
  Request request(RTM_SETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = if_nametoindex(name.c_str());
  request.Add(body);
  request.Attribute(IFLA_MASTER, &master, sizeof(master));
  return request;
}

// Makes the link that a request asks for; the case is skipped where the kernel
// does not know its kind.
inline void Make(Request request) {
  const int error = Ack(Route(), request);
  if (error == EOPNOTSUPP) SKIP("this kernel has no such device");
  EQ(ErrnoName(error), ErrnoName(0));
}

inline int IndexOf(const std::string& name) {
  return if_nametoindex(name.c_str());
}

inline Reply LinkOf(const std::string& name) {
  Request request(RTM_GETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = IndexOf(name);
  request.Add(body);
  const int fd = Route();
  Send(fd, request);
  return ReceiveOne(fd);
}

// An attribute of a link.
inline std::string Bytes(const std::string& name, int type) {
  return LinkOf(name).Attribute(sizeof(ifinfomsg), type);
}

inline uint32_t Value(const std::string& name, int type) {
  uint32_t value = 0;
  const std::string bytes = Bytes(name, type);
  memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(value)));
  return value;
}

// A change of one attribute: an errno, or 0.
inline int Change(const std::string& name, int type, const std::string& value) {
  Request request(RTM_SETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = IndexOf(name);
  request.Add(body);
  request.Attribute(type, value.data(), value.size());
  return Ack(Route(), request);
}

inline void SetUp(int link, bool up) {
  Request request(RTM_SETLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = link;
  body.ifi_flags = up ? IFF_UP : 0;
  body.ifi_change = IFF_UP;
  request.Add(body);
  ACK(Route(), request, 0);
}

inline int DeleteLink(const std::string& name) {
  Request request(RTM_DELLINK, 0);
  ifinfomsg body = {};
  body.ifi_index = IndexOf(name);
  request.Add(body);
  return Ack(Route(), request);
}

}  // namespace guest

#endif  // QUIESCE_TESTDATA_GUESTS_LINK_REQUESTS_H_
