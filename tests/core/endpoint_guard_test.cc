#include "core/endpoint_guard.h"

#include <gtest/gtest.h>

namespace malote::core {
namespace {

const EndpointPolicy kStrict{};
const EndpointPolicy kDev{.allow_http = true, .allow_loopback = true};

TEST(BlockedAddress, LetsPublicAddressesThrough) {
  for (const char* address :
       {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "100.63.255.255",
        "100.128.0.0", "169.253.1.1", "223.255.255.255", "11.0.0.1", "2606:4700::1111",
        "2a00:1450:4001::1", "::ffff:8.8.8.8"}) {
    EXPECT_EQ(blocked_address(kStrict, address), "") << address;
  }
}

TEST(BlockedAddress, NamesWhyAnAddressIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"127.0.0.1", "loopback"},
      {"127.255.255.254", "loopback"},
      {"::1", "loopback"},
      {"0.0.0.0", "unspecified"},
      {"0.1.2.3", "unspecified"},
      {"::", "unspecified"},
      {"10.0.0.1", "private"},
      {"172.16.0.1", "private"},
      {"172.31.255.255", "private"},
      {"192.168.1.1", "private"},
      {"fc00::1", "private"},
      {"fdff::1", "private"},
      {"fec0::1", "private"},
      {"100.64.0.1", "cgnat"},
      {"100.127.255.255", "cgnat"},
      {"169.254.1.1", "link_local"},
      {"fe80::1", "link_local"},
      {"fe80::1%eth0", "link_local"},
      {"169.254.169.254", "metadata"},
      {"100.100.100.200", "metadata"},
      {"fd00:ec2::254", "metadata"},
      {"192.0.0.1", "reserved"},
      {"192.0.2.1", "documentation"},
      {"198.51.100.1", "documentation"},
      {"203.0.113.1", "documentation"},
      {"2001:db8::1", "documentation"},
      {"198.18.0.1", "benchmarking"},
      {"224.0.0.1", "multicast"},
      {"ff02::1", "multicast"},
      {"240.0.0.1", "reserved"},
      {"255.255.255.255", "reserved"},
      {"192.88.99.1", "transition"},
      {"not an address", "unparseable"},
      {"", "unparseable"},
      {"127.1", "unparseable"},
  };
  for (const auto& [address, reason] : cases) {
    EXPECT_EQ(blocked_address(kStrict, address), reason) << address;
  }
}

TEST(BlockedAddress, LooksThroughEveryWayToWriteAnIpv4AddressInIpv6) {
  const std::pair<const char*, const char*> cases[] = {
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:7f00:1", "loopback"},
      {"::ffff:10.0.0.1", "private"},
      {"::ffff:169.254.169.254", "metadata"},
      {"64:ff9b::7f00:1", "loopback"},  // NAT64
      {"64:ff9b::10.0.0.1", "private"},
      {"64:ff9b::8.8.8.8", "transition"},  // a gateway of ours could still be asked to reach in
      {"2002:7f00:1::", "loopback"},       // 6to4
      {"2002:a9fe:a9fe::1", "metadata"},
      {"2002:808:808::1", "transition"},
      {"2001::1", "transition"},  // Teredo
      {"2001:0:53aa:64c:0:fbff:80ff:fffe", "transition"},
      {"::127.0.0.1", "loopback"},  // IPv4-compatible
      {"::10.0.0.1", "private"},
      {"64:ff9b:1::1", "unspecified"},
  };
  for (const auto& [address, reason] : cases) {
    EXPECT_EQ(blocked_address(kStrict, address), reason) << address;
  }
}

TEST(BlockedAddress, DevModeOpensLoopbackAndNothingElse) {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(blocked_address(kDev, address), "") << address;
  }
  for (const char* address : {"10.0.0.1", "169.254.169.254", "0.0.0.0", "64:ff9b::127.0.0.1",
                              "2002:7f00:1::", "::127.0.0.1", "fe80::1"}) {
    EXPECT_NE(blocked_address(kDev, address), "") << address;
  }
}

TEST(BlockedAddress, TheAllowListTakesAddressesAndBlocks) {
  const EndpointPolicy policy{.allowed = {"10.1.0.0/16", "192.168.7.7", "fd12::/16", "intranet"}};
  for (const char* address : {"10.1.2.3", "192.168.7.7", "fd12::9", "::ffff:10.1.2.3"}) {
    EXPECT_EQ(blocked_address(policy, address), "") << address;
  }
  for (const char* address : {"10.2.0.1", "192.168.7.8", "fd13::9", "127.0.0.1"}) {
    EXPECT_NE(blocked_address(policy, address), "") << address;
  }
}

TEST(BlockedAddress, AMalformedAllowListEntryOpensNothing) {
  for (const char* entry :
       {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/x", "/8", "10/8", ""}) {
    EXPECT_EQ(blocked_address({.allowed = {entry}}, "10.0.0.1"), "private") << entry;
  }
}

TEST(TargetUrl, AcceptsPublicHttpsTargets) {
  for (const char* url :
       {"https://example.com", "https://example.com/hooks?a=b%20c", "https://EXAMPLE.com:8443/x",
        "HTTPS://example.com/", "https://sub.example.co.uk/a/b", "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/", "https://xn--mnchen-3ya.de/", "https://example.com:443/",
        "https://example.com./x", "https://1.example.com/", "https://a_b.example.com/"}) {
    const auto result = check_target_url(kStrict, url);
    EXPECT_TRUE(result) << url << ": " << (result ? "" : result.error().message);
  }
}

TEST(TargetUrl, RefusesEverythingElseWithAnIssueAtTheField) {
  const char* cases[] = {
      "", "example.com", "//example.com/x", "/hooks", "ftp://example.com/", "file:///etc/passwd",
      "http://example.com/", "javascript:alert(1)", "https:/example.com", "https://", "https:///x",
      "https://example.com:99999/", "https://example.com:0/", "https://example.com:/",
      "https://example.com:abc/", "https://user@example.com/", "https://user:pass@example.com/",
      "https://@example.com/", "https://example.com/#part", "https://example.com/#",
      "https://exa mple.com/", "https://example.com/a b", " https://example.com/",
      "https://example.com/\r\nX: y", "https://m\xC3\xBCnchen.de/",
      "https://example.com\\@10.0.0.1/",
      // loopback and its spellings
      "https://localhost/", "https://LOCALHOST/", "https://a.localhost/", "https://localhost./",
      "https://127.0.0.1/", "https://127.0.0.1./", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
      "https://[0:0:0:0:0:0:0:1]/", "https://%31%32%37.0.0.1/",
      // other notations of IPv4 addresses
      "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
      "https://127.1/", "https://127.0.1/", "https://0/", "https://1.2.3.4.5/", "https://0x7f.1./",
      "https://127.0.0.0x1/", "https://8.8.8.8.example.com/", "https://8.8.8.8x/",
      "https://999.1.1.1/", "https://1.1.1.256/",
      // the operator's own network
      "https://10.0.0.1/", "https://172.16.5.4/", "https://192.168.0.1/", "https://100.64.0.1/",
      "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fe80::1]/",
      "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://[2001:0:1::]/",
      "https://[::]/", "https://0.0.0.0/", "https://printer.local/", "https://db.internal/",
      "https://db.internal./", "https://PRINTER.LOCAL/", "https://metadata.google.internal/"};
  for (const char* url : cases) {
    const auto result = check_target_url(kStrict, url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().errc, Errc::invalid_body) << url;
    ASSERT_EQ(result.error().issues.size(), 1u) << url;
    EXPECT_EQ(result.error().issues.front().path, "webhook_url") << url;
  }
}

TEST(TargetUrl, IsAtMost2048CharactersLong) {
  const std::string base = "https://example.com/";
  EXPECT_TRUE(check_target_url(kStrict, base + std::string(2048 - base.size(), 'a')));
  EXPECT_FALSE(check_target_url(kStrict, base + std::string(2049 - base.size(), 'a')));
  EXPECT_FALSE(check_target_url(kStrict, base + std::string(1'000'000, 'a')));
}

TEST(TargetUrl, DevModeTakesHttpAndLoopback) {
  for (const char* url :
       {"http://127.0.0.1:9000/hook", "http://localhost:9000/", "http://[::1]:9000/",
        "http://x.localhost/", "http://example.com/", "https://localhost./"}) {
    const auto result = check_target_url(kDev, url);
    EXPECT_TRUE(result) << url << ": " << (result ? "" : result.error().message);
  }
  for (const char* url : {"http://10.0.0.1/", "http://169.254.169.254/", "http://2130706433/",
                          "http://db.internal/", "ftp://localhost/"}) {
    EXPECT_FALSE(check_target_url(kDev, url)) << url;
  }
}

TEST(TargetUrl, TheAllowListNamesHosts) {
  const EndpointPolicy policy{.allowed = {"db.internal", "10.0.0.9", "192.168.0.0/24"}};
  EXPECT_TRUE(check_target_url(policy, "https://db.internal/x"));
  EXPECT_TRUE(check_target_url(policy, "https://DB.internal/x"));
  EXPECT_TRUE(check_target_url(policy, "https://10.0.0.9/x"));
  EXPECT_TRUE(check_target_url(policy, "https://192.168.0.77/x"));
  EXPECT_TRUE(check_target_url(policy, "http://db.internal/x"));
  EXPECT_TRUE(check_target_url(policy, "http://192.168.0.77/x"));
  EXPECT_FALSE(check_target_url(policy, "http://example.com/x"));
  EXPECT_EQ(blocked_target(policy, "DB.internal", "10.1.1.1"), "");
  EXPECT_EQ(blocked_target(policy, "other.internal", "10.1.1.1"), "private");
  EXPECT_EQ(blocked_address(policy, "::ffff:0:127.0.0.1"), "loopback");
  EXPECT_FALSE(check_target_url(policy, "https://other.internal/x"));
  EXPECT_FALSE(check_target_url(policy, "https://10.0.0.10/x"));
  EXPECT_FALSE(check_target_url(policy, "https://user@db.internal/x"));
}

}  // namespace
}  // namespace malote::core
