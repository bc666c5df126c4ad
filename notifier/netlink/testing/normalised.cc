#include "notifier/netlink/testing/normalised.h"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/netlink/attributes.h"
#include "notifier/netlink/message_types.h"

namespace quiesce {
namespace {

const std::set<int>& IgnoredLinkAttributes() {
  static const auto& ignored = *new std::set<int>{IFLA_QDISC,
                                                  IFLA_STATS,
                                                  IFLA_STATS64,
                                                  IFLA_AF_SPEC,
                                                  IFLA_XDP,
                                                  IFLA_NUM_TX_QUEUES,
                                                  IFLA_NUM_RX_QUEUES,
                                                  IFLA_GSO_MAX_SEGS,
                                                  IFLA_GSO_MAX_SIZE,
                                                  IFLA_GRO_MAX_SIZE,
                                                  IFLA_TSO_MAX_SIZE,
                                                  IFLA_TSO_MAX_SEGS,
                                                  IFLA_CARRIER_CHANGES,
                                                  IFLA_CARRIER_UP_COUNT,
                                                  IFLA_CARRIER_DOWN_COUNT,
                                                  IFLA_LINK_NETNSID,
                                                  IFLA_LINK};
  return ignored;
}

size_t FixedSize(uint16_t type) {
  switch (type & ~3) {
    case RTM_NEWLINK:
      return sizeof(ifinfomsg);
    case RTM_NEWADDR:
      return sizeof(ifaddrmsg);
    case RTM_NEWROUTE:
    case RTM_NEWRULE:
      return sizeof(rtmsg);
    case RTM_NEWNEIGH:
      return sizeof(ndmsg);
    case RTM_NEWNEXTHOP:
      return sizeof(nhmsg);
    default:
      return 4;
  }
}

std::string Clean(uint16_t type, const Attribute& attribute) {
  type &= ~3;  // RTM_DELx as RTM_NEWx
  std::string value(attribute.value);
  auto blank = [&](size_t from, size_t size) {
    for (size_t i = from; i < from + size && i < value.size(); ++i) {
      value[i] = 0;
    }
  };
  if (type == RTM_NEWADDR && attribute.type == IFA_CACHEINFO) blank(8, 8);
  if (type == RTM_NEWROUTE && attribute.type == RTA_CACHEINFO) {
    blank(0, value.size());
  }
  if (type == RTM_NEWNEIGH && attribute.type == NDA_CACHEINFO) {
    blank(0, value.size());
  }
  if (type == RTM_NEWNEIGH && attribute.type == NDA_PROBES) blank(0, 4);
  return absl::BytesToHexString(value);
}

bool Ignored(uint16_t type, const Attribute& attribute) {
  type &= ~3;
  if (type == RTM_NEWLINK) {
    return attribute.type > IFLA_ALLMULTI ||
           IgnoredLinkAttributes().count(attribute.type) > 0;
  }
  if (type == RTM_NEWRULE) return attribute.type > FRA_MAX;
  if (type == RTM_NEWNEXTHOP) return attribute.type > NHA_MAX;
  if (type == RTM_NEWROUTE) return attribute.type == RTA_UID;
  return false;
}

std::string Error(absl::string_view body, uint16_t flags) {
  nlmsgerr error;
  if (body.size() < sizeof(error)) return "short error";
  std::memcpy(&error, body.data(), sizeof(error));
  std::string line =
      absl::StrCat("error ", -error.error, " ",
                   std::string(NetlinkTypeName(error.msg.nlmsg_type)),
                   " capped=", (flags & NLM_F_CAPPED) != 0);
  if (flags & NLM_F_ACK_TLVS) {
    size_t at = sizeof(error);
    if (!(flags & NLM_F_CAPPED)) {
      at += NLMSG_ALIGN(error.msg.nlmsg_len - sizeof(nlmsghdr));
    }
    const Attributes attributes(body.substr(std::min(at, body.size())));
    if (attributes.has(NLMSGERR_ATTR_MSG)) {
      absl::StrAppend(&line, " \"", attributes.text(NLMSGERR_ATTR_MSG), "\"");
    }
  }
  return line;
}

std::string Message(const nlmsghdr& header, absl::string_view body) {
  const uint16_t type = header.nlmsg_type;
  if (type == NLMSG_ERROR) return Error(body, header.nlmsg_flags);
  if (type == NLMSG_DONE) {
    int error = 0;
    std::memcpy(&error, body.data(), std::min<size_t>(body.size(), 4));
    std::string line = absl::StrCat(
        "done ", -error,
        " filtered=", (header.nlmsg_flags & NLM_F_DUMP_FILTERED) != 0);
    if (header.nlmsg_flags & NLM_F_ACK_TLVS) {
      const Attributes attributes(body.substr(4));
      if (attributes.has(NLMSGERR_ATTR_MSG)) {
        absl::StrAppend(&line, " \"", attributes.text(NLMSGERR_ATTR_MSG), "\"");
      }
    }
    return line;
  }
  const size_t fixed = FixedSize(type);
  if (type == RTM_NEWRULE && static_cast<uint8_t>(body[0]) > 127) return "";
  std::string line = absl::StrCat(
      std::string(NetlinkTypeName(type)),
      " flags=", absl::Hex(header.nlmsg_flags), " seq=", header.nlmsg_seq,
      header.nlmsg_pid != 0 ? " requested " : " unasked ",
      absl::BytesToHexString(body.substr(0, fixed)));
  const Attributes attributes(
      body.substr(std::min<size_t>(NLMSG_ALIGN(fixed), body.size())));
  if (type == RTM_NEWNEIGH || type == RTM_DELNEIGH) {
    const int family = body[0];
    const IpAddress address = attributes.address(NDA_DST, family);
    if (address.valid() && address.is_multicast()) return "";
  }
  std::vector<std::string> shown;
  for (const Attribute& attribute : attributes.all()) {
    if (Ignored(type, attribute)) continue;
    shown.push_back(absl::StrCat(absl::Dec(attribute.type, absl::kZeroPad2),
                                 ":", Clean(type, attribute)));
  }
  std::sort(shown.begin(), shown.end());
  absl::StrAppend(&line, " ", absl::StrJoin(shown, " "));
  return line;
}

}  // namespace

std::vector<std::string> Normalise(const std::vector<std::string>& datagrams) {
  std::vector<std::string> lines;
  for (absl::string_view rest : datagrams) {
    while (rest.size() >= sizeof(nlmsghdr)) {
      nlmsghdr header;
      std::memcpy(&header, rest.data(), sizeof(header));
      if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > rest.size()) {
        lines.push_back("malformed");
        break;
      }
      std::string line = Message(
          header,
          rest.substr(sizeof(header), header.nlmsg_len - sizeof(header)));
      if (!line.empty()) lines.push_back(std::move(line));
      rest.remove_prefix(
          std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size()));
    }
  }
  return lines;
}

std::vector<std::string> NormaliseNotifications(
    const std::vector<std::string>& datagrams) {
  std::vector<std::string> kept;
  for (const std::string& datagram : datagrams) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof(header));
    if (header.nlmsg_type == RTM_NEWADDR) {
      const Attributes attributes(absl::string_view(datagram).substr(
          sizeof(header) + sizeof(ifaddrmsg)));
      if (attributes.u32(IFA_FLAGS) & IFA_F_TENTATIVE) continue;
    }
    kept.push_back(datagram);
  }
  return Normalise(kept);
}

}  // namespace quiesce
