// Multicast routing as a daemon sets it up (MRT_*, MRT6_*), and what a host
// says of the groups that it joins (IGMP).
#include <netinet/in.h>
// The kernel's own headers after those of the library.
#include <linux/igmp.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Igmp() { return OK(socket(AF_INET, SOCK_RAW, IPPROTO_IGMP)); }
int Icmp6() { return OK(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)); }

int Eth() { return static_cast<int>(if_nametoindex("eth0")); }

in_addr In(const char* text) {
  Address address = Ip(text, 0);
  return reinterpret_cast<sockaddr_in*>(address.get())->sin_addr;
}

int Router() {
  int fd = Igmp();
  OK(SetInt(fd, IPPROTO_IP, MRT_INIT, 1));
  return fd;
}

int Vif(int fd, int name, int number, int flags, int ifindex) {
  vifctl words = {};
  words.vifc_vifi = number;
  words.vifc_flags = flags;
  words.vifc_threshold = 1;
  words.vifc_lcl_ifindex = ifindex;
  return setsockopt(fd, IPPROTO_IP, name, &words, sizeof(words));
}
int AddVif(int fd, int number, int ifindex) {
  return Vif(fd, MRT_ADD_VIF, number, VIFF_USE_IFINDEX, ifindex);
}

int Mfc(int fd, int name, const char* source, const char* group, int parent) {
  mfcctl words = {};
  words.mfcc_origin = In(source);
  words.mfcc_mcastgrp = In(group);
  words.mfcc_parent = parent;
  words.mfcc_ttls[1] = 1;
  return setsockopt(fd, IPPROTO_IP, name, &words, sizeof(words));
}

int Counters(int fd, const char* source, const char* group) {
  sioc_sg_req words = {};
  words.src = In(source);
  words.grp = In(group);
  return ioctl(fd, SIOCGETSGCNT, &words);
}

// The next IGMP packet of a type that arrives within two seconds, from its
// header on; empty: none.
std::string Heard(int fd, uint8_t type) {
  while (true) {
    pollfd one = {fd, POLLIN, 0};
    if (poll(&one, 1, 2000) != 1) return "";
    char packet[1500];
    const ssize_t size = OK(recv(fd, packet, sizeof(packet), 0));
    const size_t header = (packet[0] & 0xf) * 4;
    std::string payload(packet + header, size - header);
    if (static_cast<uint8_t>(payload[0]) == type) return payload;
  }
}

// Hears all reports of version 3.
int Hearer() {
  int fd = Igmp();
  ip_mreqn request = {In("224.0.0.22"), {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)));
  return fd;
}

int Joiner(const char* group) {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  ip_mreqn request = {In(group), {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)));
  return fd;
}

// The type of the record about a group in a report of version 3; 0: none.
int RecordOf(const std::string& report, const char* group) {
  igmpv3_report header;
  memcpy(&header, report.data(), sizeof(header));
  for (int i = 0; i < ntohs(header.ngrec); ++i) {
    igmpv3_grec record;
    memcpy(&record, report.data() + sizeof(header) + i * sizeof(record),
           sizeof(record));
    if (record.grec_mca == In(group).s_addr) return record.grec_type;
  }
  return 0;
}

// Waits for a report with such a record about the group.
bool Reports(int fd, const char* group, int type) {
  while (true) {
    const std::string report = Heard(fd, IGMPV3_HOST_MEMBERSHIP_REPORT);
    if (report.empty()) return false;
    if (RecordOf(report, group) == type) return true;
  }
}

// Sends a query to all hosts on the link, this one among them.
void Ask(int fd, void* query, size_t size) {
  // The sum is where both versions have it.
  auto* header = static_cast<igmphdr*>(query);
  header->csum = 0;
  uint32_t sum = 0;
  for (size_t i = 0; i < size; i += 2) {
    uint16_t word;
    memcpy(&word, static_cast<char*>(query) + i, sizeof(word));
    sum += word;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  header->csum = ~sum;
  ip_mreqn by = {{}, {}, Eth()};
  OK(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)));
  Address hosts = Ip("224.0.0.1", 0);
  OK(sendto(fd, query, size, 0, hosts.get(), hosts.size));
}

}  // namespace

CASE(OneRouterAtATime) {
  int fd = Router();
  ERRNO(SetInt(Igmp(), IPPROTO_IP, MRT_INIT, 1), EADDRINUSE);
  ERRNO(SetInt(fd, IPPROTO_IP, MRT_INIT, 1), EADDRINUSE);
  OK(SetInt(fd, IPPROTO_IP, MRT_DONE, 1));
  ERRNO(SetInt(fd, IPPROTO_IP, MRT_DONE, 1), EACCES);
  OK(SetInt(fd, IPPROTO_IP, MRT_INIT, 1));
  close(fd);
  Router();
}

CASE(OnlyRawIgmpRoutes) {
  int udp = OK(socket(AF_INET, SOCK_DGRAM, 0));
  ERRNO(SetInt(udp, IPPROTO_IP, MRT_INIT, 1), EOPNOTSUPP);
  int icmp = OK(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  ERRNO(SetInt(icmp, IPPROTO_IP, MRT_INIT, 1), EOPNOTSUPP);
  int value = 0;
  socklen_t size = sizeof(value);
  ERRNO(getsockopt(icmp, IPPROTO_IP, MRT_VERSION, &value, &size), EOPNOTSUPP);
}

CASE(InitWantsANumber) {
  int fd = Igmp();
  ERRNO(setsockopt(fd, IPPROTO_IP, MRT_INIT, "1234567", 7), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_IP, MRT_INIT, "12", 2), EINVAL);
}

CASE(Numbers) {
  int fd = Router();
  int value = 0;
  socklen_t size = sizeof(value);
  OK(getsockopt(fd, IPPROTO_IP, MRT_VERSION, &value, &size));
  EQ(value, 0x305);
  OK(getsockopt(fd, IPPROTO_IP, MRT_PIM, &value, &size));
  EQ(value, 0);
  OK(SetInt(fd, IPPROTO_IP, MRT_PIM, 7));
  OK(getsockopt(fd, IPPROTO_IP, MRT_PIM, &value, &size));
  EQ(value, 1);
  OK(getsockopt(fd, IPPROTO_IP, MRT_ASSERT, &value, &size));
  EQ(value, 1);
  ERRNO(getsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &value, &size), ENOPROTOOPT);
}

CASE(Interfaces) {
  int fd = Router();
  OK(AddVif(fd, 1, Eth()));
  ERRNO(AddVif(fd, 1, Eth()), EADDRINUSE);
  ERRNO(AddVif(fd, 2, 99), EADDRNOTAVAIL);
  ERRNO(AddVif(fd, 32, Eth()), ENFILE);
  vifctl words = {};
  words.vifc_vifi = 3;
  words.vifc_lcl_addr = In("10.0.0.1");
  OK(setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &words, sizeof(words)));
  words.vifc_vifi = 4;
  words.vifc_lcl_addr = In("10.9.9.9");
  ERRNO(setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &words, sizeof(words)),
        EADDRNOTAVAIL);
  ERRNO(setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &words, sizeof(words) - 1),
        EINVAL);
  OK(Vif(fd, MRT_DEL_VIF, 1, 0, 0));
  ERRNO(Vif(fd, MRT_DEL_VIF, 1, 0, 0), EADDRNOTAVAIL);
}

CASE(TheRegisterDeviceComesAndGoes) {
  EQ(if_nametoindex("pimreg"), 0u);
  int fd = Router();
  OK(Vif(fd, MRT_ADD_VIF, 0, VIFF_REGISTER, 0));
  TRUE(if_nametoindex("pimreg") != 0);
  ERRNO(Vif(fd, MRT_ADD_VIF, 1, VIFF_REGISTER, 0), EADDRINUSE);
  ifreq request = {};
  strcpy(request.ifr_name, "pimreg");
  OK(ioctl(fd, SIOCGIFMTU, &request));
  EQ(request.ifr_mtu, 1472);
  OK(ioctl(fd, SIOCGIFFLAGS, &request));
  EQ(request.ifr_flags & (IFF_UP | IFF_NOARP | IFF_MULTICAST | IFF_BROADCAST),
     IFF_UP | IFF_NOARP);
  close(fd);
  EQ(if_nametoindex("pimreg"), 0u);
}

CASE(Routes) {
  int fd = Router();
  OK(AddVif(fd, 0, Eth()));
  OK(AddVif(fd, 1, 1));
  OK(Mfc(fd, MRT_ADD_MFC, "10.0.0.9", "239.1.1.1", 0));
  OK(Mfc(fd, MRT_ADD_MFC, "10.0.0.9", "239.1.1.1", 0));  // changes it
  ERRNO(Mfc(fd, MRT_ADD_MFC, "10.0.0.9", "10.1.1.1", 0), EINVAL);
  ERRNO(Mfc(fd, MRT_ADD_MFC, "10.0.0.9", "239.1.1.1", 32), ENFILE);
  OK(Counters(fd, "10.0.0.9", "239.1.1.1"));
  ERRNO(Counters(fd, "10.0.0.8", "239.1.1.1"), EADDRNOTAVAIL);
  OK(Mfc(fd, MRT_DEL_MFC, "10.0.0.9", "239.1.1.1", 0));
  ERRNO(Mfc(fd, MRT_DEL_MFC, "10.0.0.9", "239.1.1.1", 0), ENOENT);
  ERRNO(Counters(fd, "10.0.0.9", "239.1.1.1"), EADDRNOTAVAIL);
}

CASE(InterfaceCounters) {
  int fd = Router();
  OK(AddVif(fd, 2, Eth()));
  sioc_vif_req request = {};
  request.vifi = 2;
  OK(ioctl(fd, SIOCGETVIFCNT, &request));
  request.vifi = 1;
  ERRNO(ioctl(fd, SIOCGETVIFCNT, &request), EADDRNOTAVAIL);
  request.vifi = 3;
  ERRNO(ioctl(fd, SIOCGETVIFCNT, &request), EINVAL);
}

CASE(FlushedPartByPart) {
  int fd = Router();
  OK(AddVif(fd, 0, Eth()));
  OK(Mfc(fd, MRT_ADD_MFC, "10.0.0.9", "239.1.1.1", 0));
  OK(SetInt(fd, IPPROTO_IP, MRT_FLUSH, MRT_FLUSH_MFC));
  ERRNO(Counters(fd, "10.0.0.9", "239.1.1.1"), EADDRNOTAVAIL);
  ERRNO(AddVif(fd, 0, Eth()), EADDRINUSE);
  OK(SetInt(fd, IPPROTO_IP, MRT_FLUSH, MRT_FLUSH_VIFS));
  OK(AddVif(fd, 0, Eth()));
}

CASE(TablesAreApart) {
  int fd = Router();
  ERRNO(SetInt(fd, IPPROTO_IP, MRT_TABLE, 7), EBUSY);
  int other = Igmp();
  OK(SetInt(other, IPPROTO_IP, MRT_TABLE, 7));
  OK(SetInt(other, IPPROTO_IP, MRT_INIT, 1));
  OK(Vif(other, MRT_ADD_VIF, 0, VIFF_REGISTER, 0));
  TRUE(if_nametoindex("pimreg7") != 0);
  OK(Vif(fd, MRT_ADD_VIF, 0, VIFF_REGISTER, 0));
}

CASE(SixIsTheSame) {
  int fd = Icmp6();
  OK(SetInt(fd, IPPROTO_IPV6, MRT6_INIT, 1));
  ERRNO(SetInt(Icmp6(), IPPROTO_IPV6, MRT6_INIT, 1), EADDRINUSE);
  int udp = OK(socket(AF_INET6, SOCK_DGRAM, 0));
  ERRNO(SetInt(udp, IPPROTO_IPV6, MRT6_INIT, 1), EOPNOTSUPP);
  mif6ctl mif = {};
  mif.mif6c_mifi = 1;
  mif.mif6c_pifi = Eth();
  OK(setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mif, sizeof(mif)));
  ERRNO(setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mif, sizeof(mif)),
        EADDRINUSE);
  mif.mif6c_mifi = 2;
  mif.mif6c_pifi = 99;
  ERRNO(setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mif, sizeof(mif)),
        EADDRNOTAVAIL);
  mif.mif6c_flags = MIFF_REGISTER;
  OK(setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MIF, &mif, sizeof(mif)));
  TRUE(if_nametoindex("pim6reg") != 0);
  mf6cctl mfc = {};
  Address source = Ip("2001:db8::9", 0), group = Ip("ff3e::1", 0);
  memcpy(&mfc.mf6cc_origin, source.get(), sizeof(mfc.mf6cc_origin));
  memcpy(&mfc.mf6cc_mcastgrp, group.get(), sizeof(mfc.mf6cc_mcastgrp));
  mfc.mf6cc_parent = 1;
  IF_SET(2, &mfc.mf6cc_ifset);
  OK(setsockopt(fd, IPPROTO_IPV6, MRT6_ADD_MFC, &mfc, sizeof(mfc)));
  sioc_sg_req6 request = {};
  request.src = mfc.mf6cc_origin;
  request.grp = mfc.mf6cc_mcastgrp;
  OK(ioctl(fd, SIOCGETSGCNT_IN6, &request));
  OK(setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MFC, &mfc, sizeof(mfc)));
  ERRNO(setsockopt(fd, IPPROTO_IPV6, MRT6_DEL_MFC, &mfc, sizeof(mfc)), ENOENT);
  close(fd);
  EQ(if_nametoindex("pim6reg"), 0u);
}

CASE(WhoJoinsSaysSo) {
  int fd = Hearer();
  int joiner = Joiner("239.1.1.1");
  TRUE(Reports(fd, "239.1.1.1", IGMPV3_CHANGE_TO_EXCLUDE));
  close(joiner);
  TRUE(Reports(fd, "239.1.1.1", IGMPV3_CHANGE_TO_INCLUDE));
}

CASE(ItIsSaidTwice) {
  int fd = Hearer();
  Joiner("239.1.1.2");
  TRUE(Reports(fd, "239.1.1.2", IGMPV3_CHANGE_TO_EXCLUDE));
  TRUE(Reports(fd, "239.1.1.2", IGMPV3_CHANGE_TO_EXCLUDE));
}

CASE(ASecondJoinIsNoNews) {
  int fd = Hearer();
  Joiner("239.1.1.3");
  TRUE(Reports(fd, "239.1.1.3", IGMPV3_CHANGE_TO_EXCLUDE));
  TRUE(Reports(fd, "239.1.1.3", IGMPV3_CHANGE_TO_EXCLUDE));
  Joiner("239.1.1.3");
  EQ(Heard(fd, IGMPV3_HOST_MEMBERSHIP_REPORT), "");
}

CASE(WhoAsksIsAnswered) {
  int fd = Hearer();
  Joiner("239.1.1.4");
  TRUE(Reports(fd, "239.1.1.4", IGMPV3_CHANGE_TO_EXCLUDE));
  igmpv3_query query = {};
  query.type = IGMP_HOST_MEMBERSHIP_QUERY;
  query.code = 5;  // half a second
  Ask(fd, &query, sizeof(query));
  TRUE(Reports(fd, "239.1.1.4", IGMPV3_MODE_IS_EXCLUDE));
}

CASE(OneGroupIsAskedFor) {
  int fd = Hearer();
  Joiner("239.1.1.5");
  Joiner("239.1.1.6");
  igmpv3_query query = {};
  query.type = IGMP_HOST_MEMBERSHIP_QUERY;
  query.code = 5;
  query.group = In("239.1.1.6").s_addr;
  Ask(fd, &query, sizeof(query));
  while (true) {
    const std::string report = Heard(fd, IGMPV3_HOST_MEMBERSHIP_REPORT);
    TRUE(!report.empty());
    EQ(RecordOf(report, "239.1.1.5") == IGMPV3_MODE_IS_EXCLUDE, false);
    if (RecordOf(report, "239.1.1.6") == IGMPV3_MODE_IS_EXCLUDE) break;
  }
}

// The last one: from now on the link is one of version 2.
CASE(ZVersion2) {
  int fd = Hearer();
  Joiner("239.1.1.7");
  igmphdr query = {};
  query.type = IGMP_HOST_MEMBERSHIP_QUERY;
  query.code = 5;
  Ask(fd, &query, sizeof(query));
  while (true) {
    const std::string report = Heard(fd, IGMPV2_HOST_MEMBERSHIP_REPORT);
    TRUE(!report.empty());
    igmphdr header;
    memcpy(&header, report.data(), sizeof(header));
    if (header.group == In("239.1.1.7").s_addr) break;
  }
}
