#include "base/printable.h"

#include <gtest/gtest.h>

namespace malote {
namespace {

TEST(Printable, LeavesNoLineEndsAndNoCommandsToATerminal) {
  EXPECT_EQ(printable("olá \"x\"\\"), "olá \"x\"\\");
  EXPECT_EQ(printable("a\nb\r\x1b[2J\x7f"), "a\\u000ab\\u000d\\u001b[2J\\u007f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m\xC2\xA0\xC2"),
            "\\u009b31m\xC2\xA0\xC2");
}

}  // namespace
}  // namespace malote
