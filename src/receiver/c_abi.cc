#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "malote/receiver/verifier.h"
#include "malote_receiver.h"

namespace {

using namespace malote::receiver;

/// Verifier's clock; malote_verify() is told the time, and any thread may call it.
thread_local std::int64_t told_now = 0;

std::string_view view(malote_bytes bytes) {
  return bytes.data ? std::string_view{bytes.data, bytes.size} : std::string_view{};
}

malote_status status_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::missing_header: return MALOTE_MISSING_HEADER;
    case Refusal::malformed_header: return MALOTE_MALFORMED_HEADER;
    case Refusal::timestamp_too_old: return MALOTE_TIMESTAMP_TOO_OLD;
    case Refusal::timestamp_too_new: return MALOTE_TIMESTAMP_TOO_NEW;
    case Refusal::no_secret: return MALOTE_NO_SECRET;
    default: return MALOTE_NO_MATCHING_SIGNATURE;
  }
}

malote_status status_of(const std::string& code) {
  if (code == "no_secret") return MALOTE_NO_SECRET;
  if (code == "bad_secret") return MALOTE_BAD_SECRET;
  if (code == "unknown_scheme") return MALOTE_UNKNOWN_SCHEME;
  if (code == "bad_profile") return MALOTE_BAD_PROFILE;
  return MALOTE_BAD_ARGUMENT;
}

/// Cut to the buffer, always ended; returns what would have been needed.
std::size_t copy(std::string_view text, malote_buffer out) {
  if (out.data && out.size > 0) {
    const std::size_t length = std::min(text.size(), out.size - 1);
    std::memcpy(out.data, text.data(), length);
    out.data[length] = '\0';
  }
  return text.size() + 1;
}

/// The headers as the library takes them, without allocating for as many as requests have.
class HeaderList {
 public:
  HeaderList(const malote_header* headers, std::size_t count) {
    if (!headers) count = 0;
    if (count > few_.size()) many_.resize(count);
    const std::span<HeaderField> fields =
        count > few_.size() ? std::span{many_} : std::span{few_}.first(count);
    for (std::size_t i = 0; i < count; ++i)
      fields[i] = {view(headers[i].name), view(headers[i].value)};
    fields_ = fields;
  }
  operator Headers() const { return fields_; }

 private:
  std::array<HeaderField, 64> few_{};
  std::vector<HeaderField> many_{};
  Headers fields_{};
};

}  // namespace

struct malote_receiver {
  Verifier verifier;
};

extern "C" {

int malote_abi_version(void) { return MALOTE_RECEIVER_ABI; }

const char* malote_status_word(malote_status status) {
  switch (status) {
    case MALOTE_OK: return "ok";
    case MALOTE_MISSING_HEADER: return "missing_header";
    case MALOTE_MALFORMED_HEADER: return "malformed_header";
    case MALOTE_NO_MATCHING_SIGNATURE: return "no_matching_signature";
    case MALOTE_TIMESTAMP_TOO_OLD: return "timestamp_too_old";
    case MALOTE_TIMESTAMP_TOO_NEW: return "timestamp_too_new";
    case MALOTE_NO_SECRET: return "no_secret";
    case MALOTE_BAD_SECRET: return "bad_secret";
    case MALOTE_UNKNOWN_SCHEME: return "unknown_scheme";
    case MALOTE_BAD_PROFILE: return "bad_profile";
    case MALOTE_BAD_ARGUMENT: return "bad_argument";
    case MALOTE_BUFFER_TOO_SMALL: return "buffer_too_small";
    case MALOTE_OUT_OF_MEMORY: return "out_of_memory";
  }
  return "unknown";
}

malote_status malote_receiver_new(malote_bytes scheme, const malote_bytes* secrets,
                                  size_t secret_count, const malote_options* options,
                                  malote_buffer message, malote_receiver** out) {
  if (!out) return MALOTE_BAD_ARGUMENT;
  *out = nullptr;
  try {
    const std::string_view text = view(scheme);
    const Scheme chosen = text.starts_with('{') ? Scheme::from_json("own", text) : Scheme{text};
    std::vector<std::string> keys;
    for (std::size_t i = 0; secrets && i < secret_count; ++i) keys.emplace_back(view(secrets[i]));
    VerifyOptions wanted{.clock = [] { return told_now; }};
    if (options && options->size < sizeof(malote_options)) {
      copy("malote_options.size is not set", message);
      return MALOTE_BAD_ARGUMENT;
    }
    if (options) {
      wanted.tolerance.reset();
      if (options->tolerance_s >= 0) wanted.tolerance.emplace(options->tolerance_s);
      wanted.enforce_unsigned_timestamp = options->enforce_unsigned_timestamp != 0;
      wanted.max_signatures = options->max_signatures;
    }
    *out = new malote_receiver{Verifier{chosen, keys, wanted}};
    return MALOTE_OK;
  } catch (const ConfigError& error) {
    copy(error.what(), message);
    return status_of(error.code());
  } catch (...) {
    copy("out of memory", message);
    return MALOTE_OUT_OF_MEMORY;
  }
}

void malote_receiver_free(malote_receiver* receiver) { delete receiver; }

malote_status malote_verify(const malote_receiver* receiver, const malote_header* headers,
                            size_t header_count, malote_bytes body, int64_t now,
                            malote_verified* out) {
  if (!receiver || (out && out->size < sizeof(malote_verified))) return MALOTE_BAD_ARGUMENT;
  try {
    told_now = now;
    const HeaderList list{headers, header_count};
    const Verdict verdict = receiver->verifier.verify(list, view(body));
    if (!verdict) return status_of(verdict.error().code);
    if (out) {
      out->matched_secret = verdict->matched_secret;
      out->has_signed_at = verdict->signed_at ? 1 : 0;
      out->signed_at = verdict->signed_at.value_or(0);
      out->message_id = {verdict->message_id.data(), verdict->message_id.size()};
      out->id_signed = verdict->id_signed ? 1 : 0;
      out->replay_protected = verdict->replay_protected ? 1 : 0;
    }
    return MALOTE_OK;
  } catch (...) {
    return MALOTE_OUT_OF_MEMORY;
  }
}

size_t malote_explain(const malote_receiver* receiver, const malote_header* headers,
                      size_t header_count, malote_bytes body, int64_t now, malote_buffer text) {
  if (!receiver) return copy("there is no receiver", text);
  try {
    told_now = now;
    const HeaderList list{headers, header_count};
    return copy(receiver->verifier.explain(list, view(body)), text);
  } catch (...) {
    return copy("out of memory", text);
  }
}

malote_status malote_sign(const malote_receiver* receiver, malote_bytes id, int64_t now,
                          malote_bytes body, malote_buffer value, size_t* needed) {
  if (!receiver) return MALOTE_BAD_ARGUMENT;
  try {
    const std::size_t size = copy(receiver->verifier.signature(view(id), now, view(body)), value);
    if (needed) *needed = size;
    return size <= value.size ? MALOTE_OK : MALOTE_BUFFER_TOO_SMALL;
  } catch (...) {
    return MALOTE_OUT_OF_MEMORY;
  }
}

}  // extern "C"
