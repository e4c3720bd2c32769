#include "crypto/secret_box.h"

#include <gtest/gtest.h>

namespace malote::crypto {
namespace {

SecretBox box(char fill = 'k') {
  return SecretBox{Secret{std::string(SecretBox::kKeyBytes, fill)}};
}
const std::string kNonce(SecretBox::kNonceBytes, 'n');

TEST(SecretBox, OpensWhatItSealed) {
  for (const std::string text :
       {"", "x", "whsec_abc", "a longer secret with some more text in it"}) {
    const std::string sealed = box().seal(Secret{text}, "trigger:trg_1", kNonce);
    EXPECT_EQ(sealed.size(), 1 + 12 + text.size() + 16);
    const auto opened = box().open(sealed, "trigger:trg_1");
    ASSERT_TRUE(opened) << text;
    EXPECT_EQ(opened->reveal(), text);
  }
}

TEST(SecretBox, DoesNotShowTheSecretInTheSealedText) {
  const std::string sealed = box().seal(Secret{"whsec_visible"}, "c", kNonce);
  EXPECT_EQ(sealed.find("whsec"), std::string::npos);
}

TEST(SecretBox, RefusesAnotherKey) {
  const std::string sealed = box().seal(Secret{"x"}, "c", kNonce);
  EXPECT_FALSE(box('j').open(sealed, "c"));
}

TEST(SecretBox, RefusesAnotherContext) {
  const std::string sealed = box().seal(Secret{"x"}, "trigger:trg_1", kNonce);
  EXPECT_FALSE(box().open(sealed, "trigger:trg_2"));
  EXPECT_FALSE(box().open(sealed, ""));
}

TEST(SecretBox, RefusesEveryDamagedByte) {
  const std::string sealed = box().seal(Secret{"a secret"}, "c", kNonce);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(box().open(damaged, "c")) << "byte " << i;
  }
}

TEST(SecretBox, RefusesEveryTruncation) {
  const std::string sealed = box().seal(Secret{"a secret"}, "c", kNonce);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(box().open(sealed.substr(0, size), "c")) << size;
  }
  EXPECT_FALSE(box().open(sealed + "x", "c"));
}

TEST(SecretBox, AnotherNonceGivesAnotherText) {
  EXPECT_NE(box().seal(Secret{"x"}, "c", kNonce),
            box().seal(Secret{"x"}, "c", std::string(SecretBox::kNonceBytes, 'm')));
}

TEST(SecretBoxDeathTest, KeyAndNonceHaveFixedSizes) {
  EXPECT_DEATH(SecretBox{Secret{"short"}}, "32-byte key");
  EXPECT_DEATH(box().seal(Secret{"x"}, "c", "short"), "12-byte nonce");
}

}  // namespace
}  // namespace malote::crypto
