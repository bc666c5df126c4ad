// When a datagram came in, told beside it: SO_TIMESTAMP and its relatives.
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include <string>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// One that is bound to an address of lo.
int Udp(int family = AF_INET) {
  const int fd = OK(socket(family, SOCK_DGRAM, 0));
  BindTo(fd, Ip(family == AF_INET ? "127.0.0.1" : "::1", 0));
  return fd;
}

struct Control {
  int type;
  std::string data;
};

// The control messages of SOL_SOCKET beside what a socket receives.
std::vector<Control> Receive(int fd) {
  PollFor(fd, POLLIN);
  char bytes[200], room[512];
  iovec part = {bytes, sizeof(bytes)};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof(room);
  OK(recvmsg(fd, &message, 0));
  std::vector<Control> found;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr;
       c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    found.push_back(
        {c->cmsg_type, std::string(reinterpret_cast<char*>(CMSG_DATA(c)),
                                   c->cmsg_len - CMSG_LEN(0))});
  }
  return found;
}

// What a socket with one of the options is told of a datagram.
std::vector<Control> Told(int option, int value = 1, int family = AF_INET) {
  const int fd = Udp(family);
  SetInt(fd, SOL_SOCKET, option, value);
  const Address to = LocalOf(fd);
  OK(sendto(fd, "x", 1, 0, to.get(), to.size));
  return Receive(fd);
}

// That a message holds one time of the given unit, between `before` and now.
void ExpectTime(const std::vector<Control>& told, int type, int64_t unit,
                int64_t before) {
  EQ(told.size(), 1u);
  EQ(told[0].type, type);
  EQ(told[0].data.size(), 2 * sizeof(int64_t));
  int64_t words[2];
  memcpy(words, told[0].data.data(), sizeof(words));
  const int64_t time = words[0] * 1'000'000'000 + words[1] * unit;
  TRUE(time >= before / unit * unit);
  TRUE(time <= Now());
}

}  // namespace

CASE(NoneUnlessAskedFor) {
  EQ(Told(SO_BROADCAST).size(), 0u);
  EQ(Told(SO_TIMESTAMP, 0).size(), 0u);
}

CASE(MicrosecondsAreTold) {
  const int64_t before = Now();
  ExpectTime(Told(SO_TIMESTAMP), SCM_TIMESTAMP, 1000, before);
}

CASE(MicrosecondsAreToldOverIpv6) {
  const int64_t before = Now();
  ExpectTime(Told(SO_TIMESTAMP, 1, AF_INET6), SCM_TIMESTAMP, 1000, before);
}

CASE(NanosecondsAreTold) {
  const int64_t before = Now();
  ExpectTime(Told(SO_TIMESTAMPNS), SCM_TIMESTAMPNS, 1, before);
}

CASE(TheNewNamesAreTold) {
  const int64_t before = Now();
  ExpectTime(Told(SO_TIMESTAMP_NEW), SO_TIMESTAMP_NEW, 1000, before);
  ExpectTime(Told(SO_TIMESTAMPNS_NEW), SO_TIMESTAMPNS_NEW, 1, before);
}

CASE(TheLastOneHolds) {
  const int fd = Udp();
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 7);
  EQ(GetInt(fd, SOL_SOCKET, SO_TIMESTAMP), 0);
  EQ(GetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS), 1);
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMP_NEW, 1);
  EQ(GetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS), 0);
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS_NEW, 0);  // turns any of them off
  EQ(GetInt(fd, SOL_SOCKET, SO_TIMESTAMP_NEW), 0);
}

CASE(SoftwareTimesOfThree) {
  const int both = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
  const int64_t before = Now();
  const std::vector<Control> told = Told(SO_TIMESTAMPING, both);
  EQ(told.size(), 1u);
  EQ(told[0].type, SCM_TIMESTAMPING);
  timespec times[3];
  EQ(told[0].data.size(), sizeof(times));
  memcpy(times, told[0].data.data(), sizeof(times));
  const int64_t first = times[0].tv_sec * 1'000'000'000 + times[0].tv_nsec;
  TRUE(first >= before && first <= Now());
  EQ(times[1].tv_sec + times[1].tv_nsec, 0);
  EQ(times[2].tv_sec + times[2].tv_nsec, 0);
}

CASE(TimesThatAreOnlyTakenAreNotTold) {
  EQ(Told(SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE).size(), 0u);
}

CASE(UnknownKindsOfTimes) {
  const int fd = Udp();
  const int all = -1;
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &all, sizeof(all)), EINVAL);
}

// The time of arrival is told, not that of reception.
CASE(TimesAreThoseOfArrival) {
  const int fd = Udp();
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  const Address to = LocalOf(fd);
  const int64_t before = Now();
  OK(sendto(fd, "x", 1, 0, to.get(), to.size));
  const int64_t sent = Now();
  constexpr timespec kNap = {0, 20'000'000};
  nanosleep(&kNap, nullptr);
  const std::vector<Control> told = Receive(fd);
  EQ(told.size(), 1u);
  timespec time;
  memcpy(&time, told[0].data.data(), sizeof(time));
  const int64_t at = time.tv_sec * 1'000'000'000 + time.tv_nsec;
  TRUE(at >= before);
  TRUE(at <= sent + 10'000'000);
}

CASE(RawSocketsAreToldToo) {
  const int fd = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  SetInt(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
  const Address to = Ip("127.0.0.1", 0);
  icmphdr request = {};
  request.type = ICMP_ECHO;
  request.checksum = static_cast<uint16_t>(~htons(ICMP_ECHO << 8));
  const int64_t before = Now();
  OK(sendto(fd, &request, sizeof(request), 0, to.get(), to.size));
  ExpectTime(Receive(fd), SCM_TIMESTAMP, 1000, before);
}
