// A signature scheme as data: which header carries the signature, what is signed, where the event's
// id and type stand. Built in are the profiles of data/receiver/profiles.json; sdk/README.md has
// the format for your own.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace malote::receiver {

/// A mistake of the program, found when a receiver is built; never caused by a request.
class ConfigError : public std::invalid_argument {
 public:
  ConfigError(std::string code, const std::string& message)
      : std::invalid_argument(message), code_(std::move(code)) {}
  /// no_secret, bad_secret, unknown_scheme, bad_profile, duplicate_handler, bad_option.
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

struct Profile;

/// Immutable and cheap to copy; any thread.
class Scheme {
 public:
  /// "standard", "codespar", "stripe", …: see names(). Throws ConfigError.
  Scheme(std::string_view builtin_name);
  Scheme(const char* builtin_name) : Scheme(std::string_view{builtin_name}) {}
  Scheme(const std::string& builtin_name) : Scheme(std::string_view{builtin_name}) {}
  /// Your own, as JSON; `name` goes into dedupe keys. Throws ConfigError with the member.
  static Scheme from_json(std::string_view name, std::string_view profile);
  static std::vector<std::string> names();

  const std::string& name() const noexcept;
  const Profile& profile() const noexcept { return *profile_; }  // for the library's own files

 private:
  explicit Scheme(std::shared_ptr<const Profile> profile) : profile_(std::move(profile)) {}
  std::shared_ptr<const Profile> profile_;
};

}  // namespace malote::receiver
