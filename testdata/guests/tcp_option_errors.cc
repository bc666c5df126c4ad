// Options of TCP sockets that are refused: lengths, levels, pointers.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int GetSized(int fd, int level, int name, socklen_t* size) {
  char bytes[256];
  return getsockopt(fd, level, name, bytes, size);
}

}  // namespace

CASE(TypeCannotBeSet) {
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_DOMAIN, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_PROTOCOL, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_ERROR, 1), ENOPROTOOPT);
  ERRNO(SetInt(Tcp(), SOL_SOCKET, SO_ACCEPTCONN, 1), ENOPROTOOPT);
}

CASE(LengthTooShort) {
  int fd = Tcp();
  char value[4] = {1};
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 3), EINVAL);
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 0), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, 3), EINVAL);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, -1), EINVAL);
  ERRNO(setsockopt(Tcp(AF_INET6), IPPROTO_IPV6, IPV6_V6ONLY, value, 3), EINVAL);
}

CASE(LengthTooLongIsFine) {
  int fd = Tcp();
  char value[32] = {1};
  OK(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 32));
  OK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, 32));
  EQ(GetInt(fd, IPPROTO_TCP, TCP_NODELAY), 1);
}

CASE(GetWithLongLength) {
  int fd = Tcp();
  socklen_t size = 100;
  OK(GetSized(fd, SOL_SOCKET, SO_TYPE, &size));
  EQ(size, 4);
  size = 100;
  OK(GetSized(fd, IPPROTO_TCP, TCP_NODELAY, &size));
  EQ(size, 4);
}

CASE(GetWithShortLength) {
  // As many bytes as fit, and no more.
  int fd = Tcp();
  unsigned char value[4] = {9, 9, 9, 9};
  socklen_t size = 2;
  OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, value, &size));
  EQ(size, 2);
  EQ(value[0], SOCK_STREAM);
  EQ(value[2], 9);
  size = 0;
  OK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value, &size));
  EQ(size, 0);
}

CASE(GetWithNegativeLength) {
  socklen_t size = -1;
  ERRNO(GetSized(Tcp(), SOL_SOCKET, SO_TYPE, &size), EINVAL);
  size = -1;
  ERRNO(GetSized(Tcp(), IPPROTO_TCP, TCP_NODELAY, &size), EINVAL);
}

CASE(UnknownOption) {
  int fd = Tcp();
  ERRNO(SetInt(fd, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_IP, 9999, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, SOL_SOCKET, 9999, &size), ENOPROTOOPT);
  ERRNO(GetSized(fd, IPPROTO_TCP, 9999, &size), ENOPROTOOPT);
  ERRNO(GetSized(fd, IPPROTO_IP, 9999, &size), ENOPROTOOPT);
}

CASE(UnknownLevel) {
  int fd = Tcp();
  ERRNO(SetInt(fd, 9999, 1, 1), ENOPROTOOPT);
  ERRNO(SetInt(fd, IPPROTO_UDP, 1, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, 9999, 1, &size), EOPNOTSUPP);
}

CASE(Inet6LevelOnInet) {
  int fd = Tcp();
  ERRNO(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), ENOPROTOOPT);
  socklen_t size = 4;
  ERRNO(GetSized(fd, IPPROTO_IPV6, IPV6_V6ONLY, &size), EOPNOTSUPP);
}

CASE(NotASocket) {
  int file = OK(open("/dev/null", O_RDWR));
  ERRNO(SetInt(file, SOL_SOCKET, SO_KEEPALIVE, 1), ENOTSOCK);
  ERRNO(SetInt(-1, SOL_SOCKET, SO_KEEPALIVE, 1), EBADF);
  socklen_t size = 4;
  ERRNO(GetSized(file, SOL_SOCKET, SO_TYPE, &size), ENOTSOCK);
  ERRNO(GetSized(-1, SOL_SOCKET, SO_TYPE, &size), EBADF);
}

CASE(BadPointers) {
  int fd = Tcp();
  ERRNO(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, Garbage(), 4), EFAULT);
  ERRNO(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Garbage(), 4), EFAULT);
  socklen_t size = 4;
  ERRNO(getsockopt(fd, SOL_SOCKET, SO_TYPE, Garbage(), &size), EFAULT);
  ERRNO(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, Garbage(), &size), EFAULT);
  int value;
  ERRNO(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value,
                   static_cast<socklen_t*>(Garbage())),
        EFAULT);
}

CASE(UnknownIoctl) {
  ERRNO(ioctl(Tcp(), 0x5555, 0), ENOTTY);
  ERRNO(ioctl(Tcp(), TCGETS, 0), ENOTTY);
}
