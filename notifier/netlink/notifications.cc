#include "notifier/netlink/notifications.h"

#include <linux/rtnetlink.h>

#include <utility>

#include "notifier/netlink/address.h"
#include "notifier/netlink/link.h"
#include "notifier/netlink/message_writer.h"
#include "notifier/netlink/neighbour.h"
#include "notifier/netlink/netconf.h"
#include "notifier/netlink/nexthop.h"
#include "notifier/netlink/route.h"
#include "notifier/netlink/rule.h"

namespace quiesce {
namespace {

uint16_t Type(NetEvent event, uint16_t on_new) {
  // RTM_DELx is RTM_NEWx + 1 for every family.
  return event == NetEvent::kNew ? on_new : on_new + 1;
}

}  // namespace

Notifications::Notifications(Stack& stack, Deliver deliver)
    : stack_(stack), deliver_(std::move(deliver)) {
  stack_.AddObserver(this);
}

Notifications::~Notifications() { stack_.RemoveObserver(this); }

Notifications::Requester::Requester(Notifications* notifications,
                                    uint32_t portid, uint32_t sequence,
                                    bool echo, std::vector<std::string>* echoes)
    : notifications_(notifications) {
  if (notifications_ == nullptr) return;
  notifications_->portid_ = portid;
  notifications_->sequence_ = sequence;
  notifications_->echo_ = echo;
  notifications_->echoes_ = echoes;
}

Notifications::Requester::~Requester() {
  if (notifications_ == nullptr) return;
  notifications_->portid_ = 0;
  notifications_->sequence_ = 0;
  notifications_->echo_ = false;
  notifications_->echoes_ = nullptr;
}

void Notifications::Send(uint32_t group, std::string bytes) {
  if (echo_ && echoes_ != nullptr) echoes_->push_back(bytes);
  deliver_({group, echo_ ? portid_ : 0, std::move(bytes)});
}

void Notifications::OnLink(NetEvent event, const Link& link, uint32_t changed) {
  MessageWriter message(Type(event, RTM_NEWLINK), 0, sequence_, portid_);
  FillLink(stack_, link, changed, message);
  Send(RTNLGRP_LINK, message.Finish());
}

void Notifications::OnAddress(NetEvent event, const Address& address) {
  const bool v4 = address.local.address.v4();
  // inet6_ifa_notify names nobody as the cause.
  MessageWriter message(Type(event, RTM_NEWADDR), 0, v4 ? sequence_ : 0,
                        v4 ? portid_ : 0);
  FillAddress(address, message);
  Send(v4 ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR, message.Finish());
}

void Notifications::OnRoute(NetEvent event, const Route& route, int nlm_flags) {
  MessageWriter message(Type(event, RTM_NEWROUTE), nlm_flags, sequence_,
                        portid_);
  FillRoute(stack_, route, message);
  Send(route.family() == AF_INET ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE,
       message.Finish());
}

void Notifications::OnRule(NetEvent event, const Rule& rule) {
  MessageWriter message(Type(event, RTM_NEWRULE), 0, sequence_, portid_);
  FillRule(stack_, rule, message);
  Send(rule.family == AF_INET ? RTNLGRP_IPV4_RULE : RTNLGRP_IPV6_RULE,
       message.Finish());
}

void Notifications::OnNeighbour(NetEvent event, const Neighbour& neighbour) {
  MessageWriter message(Type(event, RTM_NEWNEIGH), 0, 0, portid_);
  FillNeighbour(neighbour, message);
  Send(RTNLGRP_NEIGH, message.Finish());
}

void Notifications::OnNexthop(NetEvent event, const NexthopObject& nexthop,
                              int nlm_flags) {
  MessageWriter message(Type(event, RTM_NEWNEXTHOP), nlm_flags, sequence_,
                        portid_);
  FillNexthop(nexthop, message);
  Send(RTNLGRP_NEXTHOP, message.Finish());
}

void Notifications::OnNetconf(NetEvent event, int family, int ifindex,
                              const Netconf& netconf) {
  MessageWriter message(Type(event, RTM_NEWNETCONF), 0, 0, 0);
  FillNetconf(family, ifindex, netconf, message);
  Send(family == AF_INET ? RTNLGRP_IPV4_NETCONF : RTNLGRP_IPV6_NETCONF,
       message.Finish());
}

}  // namespace quiesce
