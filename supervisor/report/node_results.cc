#include "supervisor/report/node_results.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

void FibToProto(const NodeFib& fib, proto::NodeResults* words) {
  for (const NodeFib::Route& route : fib.routes()) {
    proto::FibRoute* to = words->add_route();
    to->set_vrf(fib.vrf_name(route.vrf));
    to->set_network(route.network.ToString());
    for (const NextHop& hop : fib.next_hops(route.next_hops)) {
      proto::FibNextHop* next = to->add_next_hop();
      if (hop.gateway.valid()) next->set_gateway(hop.gateway.ToString());
      next->set_interface(hop.interface);
      next->set_weight(hop.weight);
    }
    to->set_protocol(route.protocol);
    to->set_metric(route.metric);
    to->set_type(static_cast<uint32_t>(route.type));
  }
  for (const NodeFib::Address& address : fib.addresses()) {
    proto::InterfaceAddress* to = words->add_address();
    to->set_interface(address.interface);
    to->set_address(address.address.ToString());
  }
  for (const NodeFib::Rule& rule : fib.rules()) {
    proto::PolicyRule* to = words->add_rule();
    to->set_family(rule.family);
    to->set_priority(rule.priority);
    to->set_text(rule.text);
  }
}

absl::Status FibFromProto(const proto::NodeResults& words, NodeFib* fib) {
  for (const proto::FibRoute& from : words.route()) {
    FibEntry entry;
    entry.vrf = from.vrf();
    ASSIGN_OR_RETURN(entry.network, IpPrefix::Parse(from.network()));
    for (const proto::FibNextHop& next : from.next_hop()) {
      NextHop hop;
      if (!next.gateway().empty()) {
        ASSIGN_OR_RETURN(hop.gateway, IpAddress::Parse(next.gateway()));
      }
      hop.interface = next.interface();
      hop.weight = next.weight();
      entry.next_hops.push_back(std::move(hop));
    }
    entry.protocol = from.protocol();
    entry.metric = from.metric();
    if (from.type() > static_cast<uint32_t>(RouteType::kThrow)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a route of type ", from.type()));
    }
    entry.type = static_cast<RouteType>(from.type());
    fib->Add(entry);
  }
  for (const proto::InterfaceAddress& from : words.address()) {
    ASSIGN_OR_RETURN(const IpPrefix address, IpPrefix::Parse(from.address()));
    fib->AddAddress(from.interface(), address);
  }
  for (const proto::PolicyRule& from : words.rule()) {
    fib->AddRule({from.family(), from.priority(), from.text()});
  }
  fib->Finish();
  return absl::OkStatus();
}

void PathToProto(const RibRow& row, proto::RibPath* to) {
  to->set_vrf(row.vrf);
  to->set_network(row.network.ToString());
  to->set_status(row.status);
  to->set_next_hop(row.next_hop);
  to->set_protocol(row.protocol);
  to->set_as_path(row.as_path);
  to->set_metric(row.metric);
  to->set_local_pref(row.local_pref);
  to->mutable_community()->Add(row.communities.begin(), row.communities.end());
  to->set_origin_type(row.origin_type);
  to->set_originator_id(row.originator_id);
  to->set_received_from_ip(row.received_from_ip);
  to->mutable_cluster()->Add(row.cluster_list.begin(), row.cluster_list.end());
  to->set_weight(row.weight);
}

absl::StatusOr<RibRow> PathFromProto(const std::string& node,
                                     const proto::RibPath& from) {
  RibRow row;
  row.node = node;
  row.vrf = from.vrf();
  ASSIGN_OR_RETURN(row.network, IpPrefix::Parse(from.network()));
  row.status = from.status();
  row.next_hop = from.next_hop();
  row.protocol = from.protocol();
  row.as_path = from.as_path();
  row.metric = from.metric();
  row.local_pref = from.local_pref();
  row.communities.assign(from.community().begin(), from.community().end());
  row.origin_type = from.origin_type();
  row.originator_id = from.originator_id();
  row.received_from_ip = from.received_from_ip();
  row.cluster_list.assign(from.cluster().begin(), from.cluster().end());
  row.weight = from.weight();
  return row;
}

}  // namespace

void ResultsToProto(const NodeResults& results, proto::NodeResults* words) {
  FibToProto(results.fib, words);
  for (const RibRow& row : results.paths) PathToProto(row, words->add_path());
  for (const BgpSession& session : results.sessions) {
    proto::Session* to = words->add_session();
    to->set_vrf(session.vrf);
    to->set_remote_ip(session.remote_ip);
    to->set_remote_as(session.remote_as);
    to->set_local_as(session.local_as);
    to->set_protocol(session.protocol);
    to->set_state(session.state);
  }
  for (const Answer& answer : results.answers) {
    proto::Answer* to = words->add_answer();
    to->mutable_argv()->Add(answer.argv.begin(), answer.argv.end());
    to->set_wait_status(answer.wait_status);
    to->set_text(answer.text);
  }
}

absl::StatusOr<NodeResults> ResultsFromProto(const std::string& node,
                                             const proto::NodeResults& words) {
  NodeResults results{NodeFib(node), {}, {}, {}};
  RETURN_IF_ERROR(FibFromProto(words, &results.fib));
  for (const proto::RibPath& path : words.path()) {
    ASSIGN_OR_RETURN(RibRow row, PathFromProto(node, path));
    results.paths.push_back(std::move(row));
  }
  for (const proto::Session& from : words.session()) {
    results.sessions.push_back({node, from.vrf(), from.remote_ip(),
                                from.remote_as(), from.local_as(),
                                from.protocol(), from.state()});
  }
  for (const proto::Answer& from : words.answer()) {
    results.answers.push_back({node,
                               {from.argv().begin(), from.argv().end()},
                               from.wait_status(),
                               from.text()});
  }
  return results;
}

}  // namespace quiesce
