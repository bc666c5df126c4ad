#include "notifier/netlink/notifications.h"

#include <linux/rtnetlink.h>

#include <utility>

#include "notifier/netlink/address.h"
#include "notifier/netlink/link.h"
#include "notifier/netlink/message_writer.h"
#include "notifier/netlink/multicast_route.h"
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
                                    uint32_t portid, const nlmsghdr& request,
                                    std::vector<std::string>* echoes)
    : notifications_(notifications) {
  if (notifications_ == nullptr) return;
  notifications_->type_ = request.nlmsg_type;
  notifications_->portid_ = portid;
  notifications_->sequence_ = request.nlmsg_seq;
  notifications_->flags_ = request.nlmsg_flags;
  notifications_->echo_ = request.nlmsg_flags & NLM_F_ECHO;
  notifications_->echoes_ = echoes;
}

Notifications::Requester::~Requester() {
  if (notifications_ == nullptr) return;
  notifications_->type_ = 0;
  notifications_->echo_ = false;
  notifications_->echoes_ = nullptr;
}

Notifications::Origin Notifications::OriginOf(uint16_t on_new) const {
  if ((type_ & ~3) != on_new) return {};
  return {portid_, sequence_, flags_};
}

void Notifications::Send(uint32_t group, uint16_t on_new, std::string bytes) {
  const bool echo = echo_ && (type_ & ~3) == on_new;
  if (echo) echoes_->push_back(bytes);
  deliver_({group, echo ? portid_ : 0, std::move(bytes)});
}

void Notifications::OnLink(NetEvent event, const Link& link, uint32_t changed) {
  const Origin origin = OriginOf(RTM_NEWLINK);
  MessageWriter message(Type(event, RTM_NEWLINK), 0, origin.sequence,
                        origin.portid);
  FillLink(stack_, link, changed, message);
  Send(RTNLGRP_LINK, RTM_NEWLINK, message.Finish());
}

void Notifications::OnAddress(NetEvent event, const Address& address) {
  const bool v4 = address.local.address.v4();
  // inet6_ifa_notify names nobody.
  const Origin origin = v4 ? OriginOf(RTM_NEWADDR) : Origin();
  MessageWriter message(Type(event, RTM_NEWADDR), 0, origin.sequence,
                        origin.portid);
  FillAddress(address, message);
  Send(v4 ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR, RTM_NEWADDR,
       message.Finish());
}

void Notifications::OnRoute(NetEvent event, const Route& route, int nlm_flags) {
  // nexthop_replace_notify tells of the routes in the requester's name.
  const Origin origin =
      OriginOf(type_ == RTM_NEWNEXTHOP ? RTM_NEWNEXTHOP : RTM_NEWROUTE);
  MessageWriter message(Type(event, RTM_NEWROUTE), nlm_flags, origin.sequence,
                        origin.portid);
  FillRoute(stack_, route, message);
  Send(route.family() == AF_INET ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE,
       RTM_NEWROUTE, message.Finish());
}

void Notifications::OnRule(NetEvent event, const Rule& rule) {
  const Origin origin = OriginOf(RTM_NEWRULE);
  MessageWriter message(Type(event, RTM_NEWRULE), 0, origin.sequence,
                        origin.portid);
  FillRule(stack_, rule, message);
  Send(rule.family == AF_INET ? RTNLGRP_IPV4_RULE : RTNLGRP_IPV6_RULE,
       RTM_NEWRULE, message.Finish());
}

void Notifications::OnNeighbour(NetEvent event, const Neighbour& neighbour) {
  // __neigh_notify knows the port and not the sequence number.
  const Origin origin = OriginOf(RTM_NEWNEIGH);
  MessageWriter message(Type(event, RTM_NEWNEIGH), 0, 0, origin.portid);
  FillNeighbour(neighbour, message);
  Send(RTNLGRP_NEIGH, RTM_NEWNEIGH, message.Finish());
}

void Notifications::OnNexthop(NetEvent event, const NexthopObject& nexthop,
                              int) {
  // nexthop_notify shows the request's own flags.
  const Origin origin = OriginOf(RTM_NEWNEXTHOP);
  MessageWriter message(Type(event, RTM_NEWNEXTHOP), origin.flags,
                        origin.sequence, origin.portid);
  FillNexthop(nexthop, message);
  Send(RTNLGRP_NEXTHOP, RTM_NEWNEXTHOP, message.Finish());
}

void Notifications::OnMulticastRoute(NetEvent event,
                                     const MulticastRoute& route) {
  MessageWriter message(Type(event, RTM_NEWROUTE), 0, 0, 0);
  FillMulticastRoute(stack_, route, message);
  Send(route.group.v4() ? RTNLGRP_IPV4_MROUTE : RTNLGRP_IPV6_MROUTE,
       RTM_NEWROUTE, message.Finish());
}

void Notifications::OnNetconf(NetEvent event, int family, int ifindex,
                              const Netconf& netconf) {
  MessageWriter message(Type(event, RTM_NEWNETCONF), 0, 0, 0);
  FillNetconf(family, ifindex, netconf, message);
  Send(family == AF_INET ? RTNLGRP_IPV4_NETCONF : RTNLGRP_IPV6_NETCONF,
       RTM_NEWNETCONF, message.Finish());
}

}  // namespace quiesce
