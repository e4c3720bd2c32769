#include "base/redact.h"

#include <algorithm>
#include <functional>

#include "base/json_writer.h"

namespace malote {

namespace {

constexpr std::size_t kShortest = 6;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// As it stands between the quotes of a JSON text.
std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out.substr(1, out.size() - 2);
}

}  // namespace

void redact(std::string& text, std::string_view secret) {
  if (secret.size() < kShortest) return;
  std::vector<std::string> forms{std::string{secret}};
  for (const bool in_capitals : {false, true}) {
    forms.push_back(json::ascii(quoted(secret), in_capitals));
    forms.push_back(quoted(forms.back()));
  }
  forms.push_back(quoted(secret));
  forms.push_back(quoted(forms.back()));
  for (std::size_t i = forms.size(); i-- > 0;) {  // "/" as "\/", as some writers do
    forms.push_back(forms[i]);
    replace_all(forms.back(), "/", "\\/");
  }
  std::ranges::sort(forms, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms.erase(std::ranges::unique(forms).begin(), forms.end());
  for (const auto& form : forms) replace_all(text, form, "***");
}

void redact(std::string& text, std::vector<std::string> secrets) {
  std::ranges::sort(secrets, std::ranges::greater{}, &std::string::size);
  for (const auto& secret : secrets) redact(text, secret);
}

}  // namespace malote
