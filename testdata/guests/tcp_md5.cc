// TCP_MD5SIG (RFC 2385): sessions whose keys agree come up, others do not.
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int SetKey(int fd, const Address& peer, const std::string& key,
           int prefix = -1) {
  tcp_md5sig signature = {};
  memcpy(&signature.tcpm_addr, &peer.storage, peer.size);
  signature.tcpm_keylen = key.size();
  memcpy(signature.tcpm_key, key.data(), key.size());
  int option = TCP_MD5SIG;
  if (prefix >= 0) {
    option = TCP_MD5SIG_EXT;
    signature.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
    signature.tcpm_prefixlen = prefix;
  }
  return setsockopt(fd, IPPROTO_TCP, option, &signature, sizeof(signature));
}

struct Ends {
  int client = Tcp(AF_INET, SOCK_NONBLOCK);
  int listener = Listener();
};

// The connect starts; whether it is still unanswered after 300 ms.
bool ComesUp(const Ends& ends) {
  ERRNO(ConnectTo(ends.client, LocalOf(ends.listener)), EINPROGRESS);
  pollfd entry = {ends.client, POLLOUT, 0};
  if (OK(poll(&entry, 1, 300)) == 0) {
    EQ(TcpState(ends.client), TCP_SYN_SENT);
    EQ(PollNow(ends.listener, POLLIN), 0);
    return false;
  }
  EQ(SoError(ends.client), 0);
  int server = OK(accept(ends.listener, nullptr, nullptr));
  SendAll(ends.client, "signed");
  EQ(ReadExactly(server, 6), "signed");
  SendAll(server, "answer");
  PollFor(ends.client, POLLIN);
  EQ(ReadExactly(ends.client, 6), "answer");
  return true;
}

const Address kHost = Ip("127.0.0.1", 0);

}  // namespace

CASE(EqualKeys) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "secret"));
  OK(SetKey(ends.listener, kHost, "secret"));
  EQ(ComesUp(ends), true);
}

CASE(DifferentKeys) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "secret"));
  OK(SetKey(ends.listener, kHost, "other"));
  EQ(ComesUp(ends), false);
}

CASE(OnlyClientSigns) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "secret"));
  EQ(ComesUp(ends), false);
}

CASE(OnlyListenerSigns) {
  Ends ends;
  OK(SetKey(ends.listener, kHost, "secret"));
  EQ(ComesUp(ends), false);
}

CASE(KeyForAnotherPeer) {
  Ends ends;
  OK(SetKey(ends.client, Ip("127.0.0.2", 0), "secret"));
  OK(SetKey(ends.listener, Ip("127.0.0.2", 0), "secret"));
  EQ(ComesUp(ends), true);
}

CASE(KeyOfPrefix) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "secret"));
  OK(SetKey(ends.listener, Ip("127.0.0.0", 0), "secret", 8));
  EQ(ComesUp(ends), true);
}

CASE(LongestPrefixWins) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "right"));
  OK(SetKey(ends.listener, Ip("127.0.0.0", 0), "wrong", 8));
  OK(SetKey(ends.listener, Ip("127.0.0.0", 0), "right", 24));
  EQ(ComesUp(ends), true);
}

CASE(KeyReplaced) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "new"));
  OK(SetKey(ends.listener, kHost, "old"));
  OK(SetKey(ends.listener, kHost, "new"));
  EQ(ComesUp(ends), true);
}

CASE(KeyRemoved) {
  Ends ends;
  OK(SetKey(ends.listener, kHost, "secret"));
  OK(SetKey(ends.listener, kHost, ""));
  EQ(ComesUp(ends), true);
}

CASE(RemovingWhatIsNot) { ERRNO(SetKey(Tcp(), kHost, ""), ENOENT); }

CASE(Inet6) {
  int listener = Listener(Ip("::1", 0));
  OK(SetKey(listener, Ip("::1", 0), "six"));
  int fd = Tcp(AF_INET6);
  OK(SetKey(fd, Ip("::1", 0), "six"));
  OK(ConnectTo(fd, LocalOf(listener)));
}

CASE(Mapped) {
  // bgpd's listener is an IPv6 socket; keys of IPv4 peers are mapped.
  int listener = Listener(Ip("::", 0));
  OK(SetKey(listener, Ip("::ffff:127.0.0.1", 0), "secret"));
  int fd = Tcp();
  OK(SetKey(fd, kHost, "secret"));
  OK(ConnectTo(fd, Ip("127.0.0.1", LocalOf(listener).port())));
}

CASE(TimesOut) {
  Ends ends;
  SetNonBlocking(ends.client, false);
  OK(SetKey(ends.client, kHost, "secret"));
  OK(SetInt(ends.client, IPPROTO_TCP, TCP_USER_TIMEOUT, 300));
  ERRNO(ConnectTo(ends.client, LocalOf(ends.listener)), ETIMEDOUT);
}

CASE(AcceptedInheritsKey) {
  Ends ends;
  OK(SetKey(ends.client, kHost, "secret"));
  OK(SetKey(ends.listener, kHost, "secret"));
  ERRNO(ConnectTo(ends.client, LocalOf(ends.listener)), EINPROGRESS);
  int server = OK(accept(ends.listener, nullptr, nullptr));
  // It has a key that can be removed.
  OK(SetKey(server, kHost, ""));
}

CASE(KeyTooLong) {
  tcp_md5sig signature = {};
  memcpy(&signature.tcpm_addr, &kHost.storage, kHost.size);
  signature.tcpm_keylen = TCP_MD5SIG_MAXKEYLEN + 1;
  ERRNO(
      setsockopt(Tcp(), IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof(signature)),
      EINVAL);
}

CASE(BadArguments) {
  int fd = Tcp();
  tcp_md5sig signature = {};
  signature.tcpm_keylen = 3;
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, 8), EINVAL);
  ERRNO(SetKey(fd, Ip("::1", 0), "key"), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, Garbage(), sizeof(signature)),
        EFAULT);
  ERRNO(SetKey(fd, kHost, "key", 33), EINVAL);
}
