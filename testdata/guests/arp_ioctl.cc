// Neighbours by ioctl: SIOCSARP, SIOCGARP, SIOCDARP.
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr char kMac[] = "\x02\x00\x00\x00\x00\x63";

arpreq Words(const char* address, int flags = 0, const char* device = "eth0") {
  arpreq words = {};
  const Address ip = Ip(address, 0);
  memcpy(&words.arp_pa, ip.get(), sizeof(words.arp_pa));
  words.arp_flags = flags;
  words.arp_ha.sa_family = ARPHRD_ETHER;
  memcpy(words.arp_ha.sa_data, kMac, 6);
  strncpy(words.arp_dev, device, sizeof(words.arp_dev) - 1);
  return words;
}

int Ask(unsigned long request, arpreq words) {
  return ioctl(OK(socket(AF_INET, SOCK_DGRAM, 0)), request, &words);
}

// What SIOCGARP tells of an address on eth0.
arpreq Known(const char* address) {
  arpreq words = Words(address);
  memset(&words.arp_ha, 0, sizeof(words.arp_ha));
  OK(ioctl(OK(socket(AF_INET, SOCK_DGRAM, 0)), SIOCGARP, &words));
  return words;
}

}  // namespace

CASE(NobodyIsKnownYet) { ERRNO(Ask(SIOCGARP, Words("10.0.0.77")), ENXIO); }

CASE(PermanentEntry) {
  OK(Ask(SIOCSARP, Words("10.0.0.77", ATF_PERM | ATF_COM)));
  const arpreq known = Known("10.0.0.77");
  EQ(known.arp_flags, ATF_PERM | ATF_COM);
  EQ(known.arp_ha.sa_family, ARPHRD_ETHER);
  EQ(std::string(known.arp_ha.sa_data, 6), std::string(kMac, 6));
  EQ(std::string(known.arp_dev), std::string("eth0"));
}

CASE(StaleEntry) {
  OK(Ask(SIOCSARP, Words("10.0.0.78", ATF_COM)));
  EQ(Known("10.0.0.78").arp_flags, ATF_COM);
}

CASE(TheRouteTellsTheDevice) {
  OK(Ask(SIOCSARP, Words("10.0.0.79", ATF_PERM | ATF_COM, "")));
  EQ(Known("10.0.0.79").arp_flags, ATF_PERM | ATF_COM);
}

CASE(DeletedEntry) {
  OK(Ask(SIOCSARP, Words("10.0.0.77", ATF_PERM | ATF_COM)));
  OK(Ask(SIOCDARP, Words("10.0.0.77")));
  ERRNO(Ask(SIOCDARP, Words("10.0.0.99")), ENXIO);
}

CASE(DeviceIsNeededToGet) {
  ERRNO(Ask(SIOCGARP, Words("10.0.0.77", 0, "")), ENODEV);
}

CASE(NoSuchDevice) {
  ERRNO(Ask(SIOCGARP, Words("10.0.0.77", 0, "nowhere")), ENODEV);
  ERRNO(Ask(SIOCSARP, Words("10.0.0.77", ATF_COM, "nowhere")), ENODEV);
}

CASE(NoRoute) {
  ERRNO(Ask(SIOCSARP, Words("192.168.9.9", ATF_COM, "")), ENETUNREACH);
}

CASE(OtherFamilies) {
  arpreq words = Words("10.0.0.77");
  words.arp_pa.sa_family = AF_INET6;
  ERRNO(Ask(SIOCGARP, words), EPFNOSUPPORT);
}

CASE(FlagsOfProxies) {
  ERRNO(Ask(SIOCSARP, Words("10.0.0.77", ATF_NETMASK)), EINVAL);
  ERRNO(Ask(SIOCSARP, Words("10.0.0.77", ATF_DONTPUB)), EINVAL);
}

CASE(OtherHardware) {
  arpreq words = Words("10.0.0.77", ATF_COM);
  words.arp_ha.sa_family = ARPHRD_PPP;
  ERRNO(Ask(SIOCSARP, words), EINVAL);
}

CASE(Garbage) {
  const int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  ERRNO(ioctl(fd, SIOCGARP, guest::Garbage()), EFAULT);
}

CASE(ChangesNeedAPrivilege) {
  const int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(seteuid(1000));
  arpreq words = Words("10.0.0.77", ATF_COM);
  ERRNO(ioctl(fd, SIOCSARP, &words), EPERM);
  ERRNO(ioctl(fd, SIOCDARP, &words), EPERM);
  ERRNO(ioctl(fd, SIOCGARP, &words), ENXIO);
}
