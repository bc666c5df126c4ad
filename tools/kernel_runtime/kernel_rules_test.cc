#include "tools/kernel_runtime/kernel_rules.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace quiesce {
namespace {

TEST(KernelRules, AreTakenWithoutTheirBlanks) {
  NodeFib fib("r1");
  ASSERT_TRUE(AddIpRuleText("0:\tfrom all lookup 255 proto 2 \n"
                            "10:\tnot from 10.0.0.1  iif eth0 [detached] "
                            "lookup 100 proto 11\n",
                            AF_INET6, &fib)
                  .ok());
  const std::vector<NodeFib::Rule> wanted = {
      {AF_INET6, 0, "from all lookup 255 proto 2"},
      {AF_INET6, 10,
       "not from 10.0.0.1 iif eth0 [detached] lookup 100 proto 11"}};
  EXPECT_EQ(fib.rules(), wanted);
  EXPECT_FALSE(AddIpRuleText("from all", AF_INET, &fib).ok());
}

TEST(KernelRules, Addresses) {
  NodeFib fib("r1");
  ASSERT_TRUE(AddIpAddressJson(
                  R"([{"ifname":"lo","addr_info":[{},{"family":"inet",)"
                  R"("local":"10.0.0.1","prefixlen":24}]},{"ifname":"e"}])",
                  &fib)
                  .ok());
  ASSERT_EQ(fib.addresses().size(), 1);
  EXPECT_EQ(fib.addresses()[0].interface, "lo");
  EXPECT_EQ(fib.addresses()[0].address.ToString(), "10.0.0.1/24");
  EXPECT_FALSE(AddIpAddressJson("nonsense", &fib).ok());
}

}  // namespace
}  // namespace quiesce
