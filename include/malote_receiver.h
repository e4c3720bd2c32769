/* The receiver library for C and for whatever can call C. Verifies and signs webhooks; routing and
 * dedupe are the C++ library's.
 *
 * Nothing here throws, exits, keeps a pointer it was given, or writes to a buffer beyond its size.
 * A receiver is immutable: any number of threads may use one at once. Values of enums never change;
 * structs grow at their end, which is why each carries its size. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MALOTE_RECEIVER_ABI 1

typedef struct malote_receiver malote_receiver;

typedef struct {
  const char* data; /* need not end in a zero byte */
  size_t size;
} malote_bytes;

typedef struct {
  malote_bytes name;
  malote_bytes value;
} malote_header;

/* Where a text goes: cut to `size`, and ended with a zero byte. */
typedef struct {
  char* data; /* NULL: not wanted */
  size_t size;
} malote_buffer;

typedef enum {
  MALOTE_OK = 0,
  MALOTE_MISSING_HEADER = 1,
  MALOTE_MALFORMED_HEADER = 2,
  MALOTE_NO_MATCHING_SIGNATURE = 3,
  MALOTE_TIMESTAMP_TOO_OLD = 4,
  MALOTE_TIMESTAMP_TOO_NEW = 5,
  MALOTE_NO_SECRET = 6,
  MALOTE_BAD_SECRET = 7,
  MALOTE_UNKNOWN_SCHEME = 8,
  MALOTE_BAD_PROFILE = 9,
  MALOTE_BAD_ARGUMENT = 10,
  MALOTE_BUFFER_TOO_SMALL = 11,
  MALOTE_OUT_OF_MEMORY = 12
} malote_status;

typedef struct {
  size_t size;                    /* sizeof(malote_options) */
  int64_t tolerance_s;            /* negative: times are not judged */
  int enforce_unsigned_timestamp; /* 0 or 1 */
  size_t max_signatures;          /* 1 to 16 */
} malote_options;

typedef struct {
  size_t size;           /* sizeof(malote_verified), set by the caller */
  size_t matched_secret; /* index into the secrets */
  int has_signed_at;
  int64_t signed_at;       /* Unix seconds */
  malote_bytes message_id; /* points into the headers that were given */
  int id_signed;
  int replay_protected;
} malote_verified;

/* What was built; MALOTE_RECEIVER_ABI is what the program was compiled against. */
int malote_abi_version(void);

/* "missing_header" and so on; static. */
const char* malote_status_word(malote_status status);

/* `scheme` is a built-in name ("standard") or a profile as a JSON object. The newest secret first.
 * `options` may be NULL: 300 s, 16 signatures. On failure *out is NULL and `message` holds what is
 * wrong. */
malote_status malote_receiver_new(malote_bytes scheme, const malote_bytes* secrets,
                                  size_t secret_count, const malote_options* options,
                                  malote_buffer message, malote_receiver** out);
void malote_receiver_free(malote_receiver* receiver); /* NULL is fine */

/* `now` in Unix seconds. `out` may be NULL. Allocates nothing. */
malote_status malote_verify(const malote_receiver* receiver, const malote_header* headers,
                            size_t header_count, malote_bytes body, int64_t now,
                            malote_verified* out);

/* Why a request fails, for a person. Returns the size it needs with its zero byte. */
size_t malote_explain(const malote_receiver* receiver, const malote_header* headers,
                      size_t header_count, malote_bytes body, int64_t now, malote_buffer text);

/* The value of the signature header that a sender would send; *needed is its size with the zero
 * byte. */
malote_status malote_sign(const malote_receiver* receiver, malote_bytes id, int64_t now,
                          malote_bytes body, malote_buffer value, size_t* needed);

#ifdef __cplusplus
}
#endif
