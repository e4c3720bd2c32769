#include "base/json_merge.h"

#include "base/json_writer.h"

namespace malote::json {

std::string merged(View before, View patch) {
  Writer w;
  w.object();
  for (const auto member : before) {
    if (!patch[member.key()]) w.key(member.key()).raw(member.raw());
  }
  for (const auto member : patch) {
    if (!member.is_null()) w.key(member.key()).raw(member.raw());
  }
  return std::move(w.end()).text();
}

}  // namespace malote::json
