#include "notifier/datagram/igmp_host.h"

#include <arpa/inet.h>
#include <linux/igmp.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "notifier/datagram/ip_header.h"

namespace quiesce {
namespace {

constexpr int kNumber = 1003;  // among the node's protocols; no IPPROTO
constexpr int kRobustness = 2;
constexpr Nanos kFirstReport = 2 * kMillisecond;  // two ticks, at 1000 a second
constexpr Nanos kNextReport = kSecond;
constexpr Nanos kResponseUnit = 100 * kMillisecond;
constexpr uint8_t kInternetControl = 0xc0;  // TOS
const IpAddress kAllHosts = IpAddress::From(in_addr{IGMP_ALL_HOSTS});

IpAddress AnyGroup() { return IpAddress::Any(AF_INET); }

// Whether groups are told of on the link at all.
bool Tells(const Link* link) {
  return link != nullptr && link->up() && !link->loopback() &&
         (link->admin_flags & IFF_MULTICAST);
}

// RFC 3376, 4.1.1: a small number, or mantissa and exponent.
int ResponseCode(uint8_t code) {
  return code < 128 ? code : ((code & 0xf) | 0x10) << (((code >> 4) & 7) + 3);
}

void PutChecksum(std::string* payload) {
  const uint16_t check = InternetChecksum(*payload);
  memcpy(&(*payload)[offsetof(igmphdr, csum)], &check, sizeof(check));
}

}  // namespace

IgmpHost* IgmpHost::Of(NodeKernel& kernel) {
  if (kernel.protocol(kNumber) == nullptr) {
    kernel.SetProtocol(kNumber, std::make_unique<IgmpHost>(&kernel));
  }
  return dynamic_cast<IgmpHost*>(kernel.protocol(kNumber));
}

IgmpHost::IgmpHost(NodeKernel* kernel) : kernel_(kernel) {
  kernel_->stack().AddObserver(this);
}

IgmpHost::~IgmpHost() { kernel_->stack().RemoveObserver(this); }

void IgmpHost::OnGroup(NetEvent, int ifindex, const IpAddress& group) {
  if (group.v4() && Tells(kernel_->stack().FindLink(ifindex))) {
    Changed(ifindex, group);
  }
}

// ip_mc_up: told again, since others may be there now.
void IgmpHost::OnLink(NetEvent event, const Link& link, uint32_t changed) {
  if (event == NetEvent::kDelete || (changed & IFF_UP && !link.up())) {
    pending_.erase(link.ifindex);
  } else if (changed & IFF_UP && Tells(&link)) {
    for (const IpAddress& group : kernel_->stack().Groups(link.ifindex)) {
      if (group.v4()) Changed(link.ifindex, group);
    }
  }
}

void IgmpHost::Changed(int ifindex, const IpAddress& group) {
  if (group == kAllHosts) return;
  Pending& pending = pending_[ifindex];
  pending.changes[group] = kRobustness;
  pending.changes_at =
      std::min(pending.changes_at, kernel_->now() + kFirstReport);
}

// igmp_heard_query: an answer is due some time before the router gives up.
void IgmpHost::Receive(Message message) {
  igmphdr query;
  if (message.payload.size() < sizeof(query)) return;
  memcpy(&query, message.payload.data(), sizeof(query));
  if (query.type != IGMP_HOST_MEMBERSHIP_QUERY ||
      !Tells(kernel_->stack().FindLink(message.iif))) {
    return;
  }
  Pending& pending = pending_[message.iif];
  pending.version2 = message.payload.size() < sizeof(igmpv3_query);
  const Nanos most = kResponseUnit *
                     (pending.version2 ? query.code : ResponseCode(query.code));
  const IpAddress group = IpAddress::From(in_addr{query.group});
  const Nanos due = kernel_->now() + std::max(most / 2, kMillisecond);
  const auto known = pending.queried.emplace(group, due).first;
  known->second = std::min(known->second, due);
}

Nanos IgmpHost::next_timer() const {
  Nanos next = kNever;
  for (const auto& [ifindex, pending] : pending_) {
    next = std::min(next, pending.changes_at);
    for (const auto& [group, due] : pending.queried) {
      next = std::min(next, due);
    }
  }
  return next;
}

void IgmpHost::RunTimers(Nanos now) {
  for (auto& [ifindex, pending] : pending_) {
    if (pending.changes_at <= now) TellChanges(ifindex, &pending, now);
    std::vector<IpAddress> due;
    for (const auto& [group, at] : pending.queried) {
      if (at <= now) due.push_back(group);
    }
    for (const IpAddress& group : due) {
      pending.queried.erase(group);
      TellState(ifindex, group, pending.version2);
    }
  }
}

void IgmpHost::TellChanges(int ifindex, Pending* pending, Nanos now) {
  const std::vector<IpAddress> joined = kernel_->stack().Groups(ifindex);
  std::vector<Record> records;
  std::map<IpAddress, int> again;
  for (const auto& [group, times] : pending->changes) {
    const bool in =
        std::find(joined.begin(), joined.end(), group) != joined.end();
    const uint8_t type =
        in ? IGMPV3_CHANGE_TO_EXCLUDE : IGMPV3_CHANGE_TO_INCLUDE;
    records.push_back({type, group});
    if (times > 1) again[group] = times - 1;
  }
  pending->changes = std::move(again);
  pending->changes_at = pending->changes.empty() ? kNever : now + kNextReport;
  SendReport(ifindex, records);
}

void IgmpHost::TellState(int ifindex, const IpAddress& group, bool version2) {
  std::vector<Record> records;
  for (const IpAddress& one : kernel_->stack().Groups(ifindex)) {
    if (!one.v4() || one == kAllHosts) continue;
    if (group == AnyGroup() || group == one) {
      records.push_back({IGMPV3_MODE_IS_EXCLUDE, one});
    }
  }
  if (!version2) {
    SendReport(ifindex, records);
    return;
  }
  for (const Record& record : records) {
    igmphdr report{};
    report.type = IGMPV2_HOST_MEMBERSHIP_REPORT;
    report.group = record.group.in4().s_addr;
    std::string payload(reinterpret_cast<char*>(&report), sizeof(report));
    PutChecksum(&payload);
    Send(ifindex, record.group, std::move(payload));
  }
}

void IgmpHost::SendReport(int ifindex, const std::vector<Record>& records) {
  if (records.empty()) return;
  igmpv3_report report{};
  report.type = IGMPV3_HOST_MEMBERSHIP_REPORT;
  report.ngrec = htons(records.size());
  std::string payload(reinterpret_cast<char*>(&report), sizeof(report));
  for (const Record& record : records) {
    igmpv3_grec words{};
    words.grec_type = record.type;
    words.grec_mca = record.group.in4().s_addr;
    payload.append(reinterpret_cast<char*>(&words), sizeof(words));
  }
  PutChecksum(&payload);
  Send(ifindex, IpAddress::From(in_addr{IGMPV3_ALL_MCR}), std::move(payload));
}

// igmpv3_newpack, igmp_send_report; ip_mc_output loops it back.
void IgmpHost::Send(int ifindex, const IpAddress& to, std::string payload) {
  const Stack& stack = kernel_->stack();
  const std::vector<Address>& own = stack.Addresses(ifindex, AF_INET);
  Message m;
  m.kind = MessageKind::kDatagram;
  m.protocol = IPPROTO_IGMP;
  m.source.address = own.empty() ? AnyGroup() : own.front().local.address;
  m.destination.address = to;
  m.opener = kernel_->id();
  m.session = kernel_->session_base();
  m.sequence = sent_++;
  m.ttl = 1;
  m.tos = kInternetControl;
  m.oif = ifindex;
  m.payload = std::move(payload);
  if (stack.Hears(ifindex, to)) {
    Message copy = m;
    copy.to = kernel_->id();
    copy.iif = ifindex;
    kernel_->Transmit(std::move(copy));
  }
  kernel_->Transmit(std::move(m));
}

}  // namespace quiesce
