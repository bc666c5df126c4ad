#include "supervisor/fabric/message_proto.h"

#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

static_assert(static_cast<int>(MessageKind::kTcpSyn) ==
              proto::Message::TCP_SYN);
static_assert(static_cast<int>(MessageKind::kTcpSynAck) ==
              proto::Message::TCP_SYN_ACK);
static_assert(static_cast<int>(MessageKind::kTcpData) ==
              proto::Message::TCP_DATA);
static_assert(static_cast<int>(MessageKind::kTcpAck) ==
              proto::Message::TCP_ACK);
static_assert(static_cast<int>(MessageKind::kTcpFin) ==
              proto::Message::TCP_FIN);
static_assert(static_cast<int>(MessageKind::kTcpRst) ==
              proto::Message::TCP_RST);
static_assert(static_cast<int>(MessageKind::kDatagram) ==
              proto::Message::DATAGRAM);
static_assert(static_cast<int>(MessageKind::kIcmpError) ==
              proto::Message::ICMP_ERROR);
static_assert(static_cast<int>(MessageKind::kFrame) == proto::Message::FRAME);

absl::StatusOr<Endpoint> EndpointOf(const proto::Endpoint& words) {
  Endpoint endpoint;
  ASSIGN_OR_RETURN(endpoint.address, AddressFromProto(words.address()));
  endpoint.port = words.port();
  endpoint.scope = words.scope();
  return endpoint;
}

absl::StatusOr<MessageKind> KindOf(proto::Message::Kind kind) {
  if (!proto::Message::Kind_IsValid(kind)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a message of kind ", static_cast<int>(kind)));
  }
  return static_cast<MessageKind>(kind);
}

}  // namespace

std::string AddressToProto(const IpAddress& address) {
  if (!address.valid()) return "";
  return std::string(reinterpret_cast<const char*>(address.bytes()),
                     address.size());
}

absl::StatusOr<IpAddress> AddressFromProto(const std::string& bytes) {
  switch (bytes.size()) {
    case 0:
      return IpAddress();
    case 4:
      return IpAddress::FromBytes(AF_INET, bytes.data());
    case 16:
      return IpAddress::FromBytes(AF_INET6, bytes.data());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("an address of ", bytes.size(), " bytes"));
}

void EndpointToProto(const Endpoint& endpoint, proto::Endpoint* words) {
  words->set_address(AddressToProto(endpoint.address));
  words->set_port(endpoint.port);
  words->set_scope(endpoint.scope);
}

void MessageToProto(const Message& message, proto::Message* words) {
  words->set_kind(static_cast<proto::Message::Kind>(message.kind));
  words->set_protocol(message.protocol);
  words->set_from(message.from);
  EndpointToProto(message.source, words->mutable_source());
  EndpointToProto(message.destination, words->mutable_destination());
  words->set_session(message.session);
  words->set_opener(message.opener);
  words->set_from_opener(message.from_opener);
  words->set_sequence(message.sequence);
  words->set_ttl(message.ttl);
  words->set_tos(message.tos);
  words->set_mark(message.mark);
  words->set_oif(message.oif);
  words->set_value(message.value);
  words->set_auth(message.auth);
  words->set_about(static_cast<proto::Message::Kind>(message.about));
  words->set_reporter(AddressToProto(message.reporter));
  words->set_urgent(message.urgent);
  words->set_payload(message.payload);
  words->set_to(message.to);
  words->set_iif(message.iif);
  words->set_mac(message.mac.data(), message.mac.size());
  words->set_arrival(message.arrival);
}

absl::StatusOr<Message> MessageFromProto(const proto::Message& words) {
  Message message;
  ASSIGN_OR_RETURN(message.kind, KindOf(words.kind()));
  message.protocol = words.protocol();
  message.from = words.from();
  ASSIGN_OR_RETURN(message.source, EndpointOf(words.source()));
  ASSIGN_OR_RETURN(message.destination, EndpointOf(words.destination()));
  message.session = words.session();
  message.opener = words.opener();
  message.from_opener = words.from_opener();
  message.sequence = words.sequence();
  message.ttl = words.ttl();
  message.tos = words.tos();
  message.mark = words.mark();
  message.oif = words.oif();
  message.value = words.value();
  message.auth = words.auth();
  ASSIGN_OR_RETURN(message.about, KindOf(words.about()));
  ASSIGN_OR_RETURN(message.reporter, AddressFromProto(words.reporter()));
  message.urgent = words.urgent();
  message.payload = words.payload();
  message.to = words.to();
  message.iif = words.iif();
  if (words.mac().size() != message.mac.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a hardware address of ", words.mac().size(), " bytes"));
  }
  std::copy(words.mac().begin(), words.mac().end(), message.mac.begin());
  message.arrival = words.arrival();
  return message;
}

}  // namespace quiesce
