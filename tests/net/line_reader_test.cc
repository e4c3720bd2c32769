#include "net/line_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace malote::testing {
namespace {

constexpr std::size_t kLimit = 4096;

struct Lines {
  net::LineReader reader{kLimit};
  std::vector<std::string> whole{}, cut{};

  void each(std::string_view line, bool is_whole) { (is_whole ? whole : cut).emplace_back(line); }
  void take(std::string_view bytes) {
    reader.take(bytes, [this](std::string_view line, bool is_whole) { each(line, is_whole); });
  }
  void end() {
    reader.end([this](std::string_view line, bool is_whole) { each(line, is_whole); });
  }
};

TEST(LineReader, PutsPiecesTogether) {
  Lines lines;
  for (const char* piece : {"a", "b\nc", "\r", "\n\nd"}) lines.take(piece);
  EXPECT_EQ(lines.whole, (std::vector<std::string>{"ab", "c", ""}));
  lines.end();
  EXPECT_EQ(lines.whole.back(), "d");
}

TEST(LineReader, TakesALineOfExactlyTheLimit) {
  Lines lines;
  lines.take(std::string(kLimit, 'x') + "\n");
  ASSERT_EQ(lines.whole.size(), 1u);
  EXPECT_EQ(lines.whole.front().size(), kLimit);
}

TEST(LineReader, KeepsBothEndsOfALineThatIsTooLongAndGoesOnBehindIt) {
  for (const std::size_t piece : {1u, 100u, 100'000u}) {
    Lines lines;
    const std::string text = "begin" + std::string(50'000, 'x') + "end\nnext\n";
    for (std::size_t at = 0; at < text.size(); at += piece) lines.take(text.substr(at, piece));
    ASSERT_EQ(lines.cut.size(), 1u) << piece;
    EXPECT_LE(lines.cut.front().size(), 2 * net::LineReader::kKept);
    EXPECT_TRUE(lines.cut.front().starts_with("begin")) << piece;
    EXPECT_TRUE(lines.cut.front().ends_with("end")) << piece;
    EXPECT_EQ(lines.whole, (std::vector<std::string>{"next"})) << piece;
  }
}

}  // namespace
}  // namespace malote::testing
