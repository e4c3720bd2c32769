// A string that must not be seen: it cannot be printed or compared by accident, and its bytes are
// overwritten when it goes. reveal() is the one way in, and easy to search for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace malote {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return bytes_.empty(); }
  std::string_view reveal() const { return bytes_; }

 private:
  void wipe() {
    volatile char* at = bytes_.data();
    for (std::size_t i = 0; i < bytes_.size(); ++i) at[i] = 0;
    bytes_.clear();
  }

  std::string bytes_;
};

}  // namespace malote
