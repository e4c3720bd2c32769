#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace malote::crypto {
namespace {

struct Vector {
  std::string key;
  std::string message;
  const char* sha256;
  const char* sha384;
  const char* sha512;
};

// RFC 4231, test cases 1, 2, 3, 4, 6 and 7 (5 is about truncation).
const Vector kRfc4231[] = {
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
     "faea9ea9076ede7f4af152e8b2fa9cb6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
     "8e2240ca5e69e2c78b3239ecfab21649",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
     "2a5ab39dc13814b94e3ab6e101a34f27",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
     "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
    {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
     "0c2ef6ab4030fe8296248df163f44952",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
};

TEST(Hmac, MatchesTheVectorsOfRfc4231) {
  for (const auto& v : kRfc4231) {
    EXPECT_EQ(hex_encode(hmac(Hash::sha256, v.key, v.message)), v.sha256);
    EXPECT_EQ(hex_encode(hmac(Hash::sha384, v.key, v.message)), v.sha384);
    EXPECT_EQ(hex_encode(hmac(Hash::sha512, v.key, v.message)), v.sha512);
  }
}

TEST(Hmac, MatchesAVectorOfRfc2202) {
  EXPECT_EQ(hex_encode(hmac(Hash::sha1, "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Hmac, APreparedKeySignsManyMessagesAndPieces) {
  HmacKey key{Hash::sha256, "Jefe"};
  const std::string whole = hmac(Hash::sha256, "Jefe", "what do ya want for nothing?");
  EXPECT_EQ(key.sign({"what do ya ", "", "want for nothing?"}), whole);
  EXPECT_NE(key.sign({"other"}), whole);
  EXPECT_EQ(key.sign({"what do ya want for nothing?"}), whole);
  HmacKey moved = std::move(key);
  EXPECT_EQ(moved.sign({"what do ya want for nothing?"}), whole);
}

TEST(Sha256, MatchesTheVectorsOfFips180) {
  EXPECT_EQ(hex_encode(sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacDeathTest, AnEmptyKeyIsABrokenInvariant) {
  EXPECT_DEATH(hmac(Hash::sha256, "", "x"), "an empty key would accept forgeries");
}

}  // namespace
}  // namespace malote::crypto
