/* malote_receiver.h from C11: what a C program can rely on, and what it can get wrong. */
#include <malote_receiver.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed = 0;

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failed;                                                               \
    }                                                                         \
  } while (0)

#define NOW 1776868200
#define SECRET "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define OTHER_SECRET "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
/* The first case of data/vectors/receivers.json. */
#define SIGNATURE "v1,laW1/LPIE/C+9Y4FoJFytnIKyR54C/jobkYm9uH8Vaw="
#define BODY                                                                                    \
  "{\"id\":\"evt_1\",\"type\":\"order.created\",\"timestamp\":\"2026-04-22T14:29:55Z\","        \
  "\"occurred_at\":\"2026-04-22T14:29:55Z\",\"created\":1776868195,\"data\":{\"id\":\"ord_1\"," \
  "\"amount\":15000,\"currency\":\"BRL\"}}"

static malote_bytes bytes(const char* text) {
  const malote_bytes out = {text, strlen(text)};
  return out;
}

static malote_buffer no_buffer(void) {
  const malote_buffer none = {NULL, 0};
  return none;
}

static malote_receiver* make(const char* scheme, const char* first, const char* second) {
  const malote_bytes secrets[] = {bytes(first), bytes(second)};
  malote_receiver* receiver = NULL;
  CHECK(malote_receiver_new(bytes(scheme), secrets, *second ? 2 : 1, NULL, no_buffer(),
                            &receiver) == MALOTE_OK);
  CHECK(receiver != NULL);
  if (!receiver) exit(1);
  return receiver;
}

typedef struct {
  const char* name;
  const char* id;
  const char* time;
  const char* signature;
  const char* body;
  long long now;
  malote_status expected;
} example;

static const example examples[] = {
    {"valid", "dlv_1", "1776868200", SIGNATURE, BODY, NOW, MALOTE_OK},
    {"at the edge", "dlv_1", "1776868200", SIGNATURE, BODY, NOW + 300, MALOTE_OK},
    {"too old", "dlv_1", "1776868200", SIGNATURE, BODY, NOW + 301, MALOTE_TIMESTAMP_TOO_OLD},
    {"too new", "dlv_1", "1776868200", SIGNATURE, BODY, NOW - 301, MALOTE_TIMESTAMP_TOO_NEW},
    {"another body", "dlv_1", "1776868200", SIGNATURE, BODY "\n", NOW,
     MALOTE_NO_MATCHING_SIGNATURE},
    {"another id", "dlv_2", "1776868200", SIGNATURE, BODY, NOW, MALOTE_NO_MATCHING_SIGNATURE},
    {"an unknown version", "dlv_1", "1776868200", "v2,AAAA", BODY, NOW,
     MALOTE_NO_MATCHING_SIGNATURE},
    {"garbage", "dlv_1", "1776868200", "v1,%%%%", BODY, NOW, MALOTE_MALFORMED_HEADER},
    {"no signature", "dlv_1", "1776868200", "", BODY, NOW, MALOTE_MISSING_HEADER},
    {"no time", "dlv_1", "", SIGNATURE, BODY, NOW, MALOTE_MISSING_HEADER},
    {"a list", "dlv_1", "1776868200", "v1,AAAA " SIGNATURE, BODY, NOW, MALOTE_OK},
};

static void set_headers(malote_header headers[3], const example* it) {
  headers[0].name = bytes("webhook-id");
  headers[0].value = bytes(it->id);
  headers[1].name = bytes("Webhook-Timestamp");
  headers[1].value = bytes(it->time);
  headers[2].name = bytes("webhook-signature");
  headers[2].value = bytes(it->signature);
}

static void judges_what_it_is_sent(void) {
  malote_receiver* receiver = make("standard", SECRET, "");
  for (size_t i = 0; i < sizeof examples / sizeof *examples; ++i) {
    malote_header headers[3];
    set_headers(headers, &examples[i]);
    const malote_status status =
        malote_verify(receiver, headers, 3, bytes(examples[i].body), examples[i].now, NULL);
    if (status != examples[i].expected) {
      fprintf(stderr, "%s: %s instead of %s\n", examples[i].name, malote_status_word(status),
              malote_status_word(examples[i].expected));
      ++failed;
    }
  }
  malote_receiver_free(receiver);
}

static void says_what_was_proven(void) {
  malote_receiver* receiver = make("standard", OTHER_SECRET, SECRET);
  malote_header headers[3];
  set_headers(headers, &examples[0]);
  malote_verified verified = {.size = sizeof verified};
  CHECK(malote_verify(receiver, headers, 3, bytes(BODY), NOW, &verified) == MALOTE_OK);
  CHECK(verified.matched_secret == 1);
  CHECK(verified.has_signed_at && verified.signed_at == NOW);
  CHECK(verified.id_signed && verified.replay_protected);
  CHECK(verified.message_id.size == 5 && memcmp(verified.message_id.data, "dlv_1", 5) == 0);
  CHECK(verified.message_id.data == headers[0].value.data);

  /* A size that was forgotten is said, not read as nothing proven. */
  malote_verified unset = {.size = 0, .matched_secret = 99};
  CHECK(malote_verify(receiver, headers, 3, bytes(BODY), NOW, &unset) == MALOTE_BAD_ARGUMENT);
  CHECK(unset.matched_secret == 99);
  malote_receiver_free(receiver);
}

static void a_header_that_comes_twice_is_malformed(void) {
  malote_receiver* receiver = make("standard", SECRET, "");
  malote_header headers[4];
  set_headers(headers, &examples[0]);
  headers[3] = headers[2];
  CHECK(malote_verify(receiver, headers, 4, bytes(BODY), NOW, NULL) == MALOTE_MALFORMED_HEADER);
  malote_receiver_free(receiver);
}

static void takes_more_headers_than_usual(void) {
  malote_receiver* receiver = make("standard", SECRET, "");
  malote_header headers[200];
  for (size_t i = 0; i < 197; ++i) headers[i] = (malote_header){bytes("X-Other"), bytes("1")};
  set_headers(headers + 197, &examples[0]);
  CHECK(malote_verify(receiver, headers, 200, bytes(BODY), NOW, NULL) == MALOTE_OK);
  malote_receiver_free(receiver);
}

static void signs_into_the_buffer_it_is_given(void) {
  malote_receiver* receiver = make("standard", SECRET, "");
  char value[64];
  memset(value, '#', sizeof value);
  size_t needed = 0;
  const size_t exact = sizeof SIGNATURE;
  malote_buffer buffer = {value, exact};
  CHECK(malote_sign(receiver, bytes("dlv_1"), NOW, bytes(BODY), buffer, &needed) == MALOTE_OK);
  CHECK(needed == exact && strcmp(value, SIGNATURE) == 0 && value[exact] == '#');

  memset(value, '#', sizeof value);
  buffer.size = exact - 1; /* cut, ended, and not written beyond */
  CHECK(malote_sign(receiver, bytes("dlv_1"), NOW, bytes(BODY), buffer, &needed) ==
        MALOTE_BUFFER_TOO_SMALL);
  CHECK(needed == exact && strlen(value) == exact - 2 && value[exact - 1] == '#');
  CHECK(strncmp(value, SIGNATURE, exact - 2) == 0);

  buffer.size = 0;
  value[0] = '#';
  CHECK(malote_sign(receiver, bytes("dlv_1"), NOW, bytes(BODY), buffer, &needed) ==
        MALOTE_BUFFER_TOO_SMALL);
  CHECK(needed == exact && value[0] == '#');
  CHECK(malote_sign(receiver, bytes("dlv_1"), NOW, bytes(BODY), no_buffer(), NULL) ==
        MALOTE_BUFFER_TOO_SMALL);
  malote_receiver_free(receiver);
}

static void explains_and_names_no_secret(void) {
  malote_receiver* receiver = make("standard", SECRET, "");
  malote_header headers[3];
  set_headers(headers, &examples[0]);
  const size_t size = malote_explain(receiver, headers, 3, bytes(BODY "\n"), NOW, no_buffer());
  CHECK(size > 20);
  char* text = malloc(size);
  if (!text) exit(1);
  const malote_buffer whole = {text, size};
  CHECK(malote_explain(receiver, headers, 3, bytes(BODY "\n"), NOW, whole) == size);
  CHECK(strlen(text) + 1 == size);
  CHECK(strstr(text, "newline"));
  CHECK(!strstr(text, "MDEyMzQ1Njc4") && !strstr(text, "0123456789abcdef"));
  text[10] = '#';
  const malote_buffer part = {text, 10};
  CHECK(malote_explain(receiver, headers, 3, bytes(BODY "\n"), NOW, part) == size);
  CHECK(strlen(text) == 9 && text[10] == '#');
  free(text);
  malote_receiver_free(receiver);
}

static void expect_refused(const char* scheme, const malote_bytes* secrets, size_t count,
                           const malote_options* options, malote_status expected) {
  char message[200] = "";
  const malote_buffer buffer = {message, sizeof message};
  int dummy = 0;
  malote_receiver* receiver = (malote_receiver*)(void*)&dummy; /* has to become NULL */
  const malote_status status =
      malote_receiver_new(bytes(scheme), secrets, count, options, buffer, &receiver);
  if (status != expected || receiver != NULL || message[0] == '\0') {
    fprintf(stderr, "new(%s): %s instead of %s: %s\n", scheme, malote_status_word(status),
            malote_status_word(expected), message);
    ++failed;
  }
  CHECK(!strstr(message, "MDEyMzQ1Njc4"));
}

static void refuses_what_cannot_be_meant(void) {
  const malote_bytes good = bytes(SECRET);
  const malote_bytes empty = bytes("");
  const malote_bytes wrong = bytes("whsec_%%%");
  const malote_bytes marked = bytes("v1," SECRET);
  expect_refused("standard", NULL, 0, NULL, MALOTE_NO_SECRET);
  expect_refused("standard", NULL, 3, NULL, MALOTE_NO_SECRET);
  expect_refused("standard", &empty, 1, NULL, MALOTE_NO_SECRET);
  expect_refused("standard", &wrong, 1, NULL, MALOTE_BAD_SECRET);
  expect_refused("standard", &marked, 1, NULL, MALOTE_BAD_SECRET);
  expect_refused("nothing", &good, 1, NULL, MALOTE_UNKNOWN_SCHEME);
  expect_refused("", &good, 1, NULL, MALOTE_UNKNOWN_SCHEME);
  expect_refused("{\"algorithm\":\"rot13\"}", &good, 1, NULL, MALOTE_BAD_PROFILE);
  expect_refused("{", &good, 1, NULL, MALOTE_BAD_PROFILE);
  const malote_options none = {.size = sizeof none, .tolerance_s = 300, .max_signatures = 0};
  const malote_options many = {.size = sizeof many, .tolerance_s = 300, .max_signatures = 17};
  const malote_options unset = {.size = 0, .tolerance_s = 300, .max_signatures = 16};
  expect_refused("standard", &good, 1, &none, MALOTE_BAD_ARGUMENT);
  expect_refused("standard", &good, 1, &many, MALOTE_BAD_ARGUMENT);
  expect_refused("standard", &good, 1, &unset, MALOTE_BAD_ARGUMENT);

  /* A message that does not fit is cut and ended. */
  char small[5] = {'#', '#', '#', '#', '#'};
  const malote_buffer buffer = {small, 4};
  malote_receiver* receiver = NULL;
  CHECK(malote_receiver_new(bytes("nothing"), &good, 1, NULL, buffer, &receiver) ==
        MALOTE_UNKNOWN_SCHEME);
  CHECK(strlen(small) == 3 && small[4] == '#');
}

static void takes_options_and_profiles(void) {
  const malote_bytes secret = bytes(SECRET);
  const malote_options any_time = {.size = sizeof any_time, .tolerance_s = -1, .max_signatures = 1};
  malote_receiver* receiver = NULL;
  CHECK(malote_receiver_new(bytes("standard"), &secret, 1, &any_time, no_buffer(), &receiver) ==
        MALOTE_OK);
  malote_header headers[3];
  set_headers(headers, &examples[0]);
  malote_verified verified = {.size = sizeof verified};
  CHECK(malote_verify(receiver, headers, 3, bytes(BODY), NOW + 1000000, &verified) == MALOTE_OK);
  CHECK(!verified.replay_protected);
  headers[2].value = bytes("v1,AAAA " SIGNATURE);
  CHECK(malote_verify(receiver, headers, 3, bytes(BODY), NOW, NULL) == MALOTE_MALFORMED_HEADER);
  malote_receiver_free(receiver);

  malote_receiver* own = make(
      "{\"algorithm\":\"hmac-sha256\",\"encoding\":\"hex\",\"secret_encoding\":\"utf8\","
      "\"signature_header\":\"X-Own\",\"header_format\":\"bare\",\"signed\":[\"body\"],"
      "\"timestamp\":null,\"id\":null,\"event_id\":[\"body:/id\"],\"type\":[\"body:/type\"],"
      "\"occurred_at\":[],\"data\":[\"body:/data\"]}",
      "key", "");
  char value[65];
  const malote_buffer buffer = {value, sizeof value};
  CHECK(malote_sign(own, bytes(""), 0, bytes(BODY), buffer, NULL) == MALOTE_OK);
  const malote_header one = {bytes("x-own"), bytes(value)};
  CHECK(malote_verify(own, &one, 1, bytes(BODY), NOW, NULL) == MALOTE_OK);
  CHECK(malote_verify(own, &one, 1, bytes("{}"), NOW, NULL) == MALOTE_NO_MATCHING_SIGNATURE);
  malote_receiver_free(own);
}

static void survives_null(void) {
  const malote_bytes nothing = {NULL, 7};
  const malote_bytes secret = bytes(SECRET);
  CHECK(malote_receiver_new(bytes("standard"), &secret, 1, NULL, no_buffer(), NULL) ==
        MALOTE_BAD_ARGUMENT);
  malote_receiver_free(NULL);
  CHECK(malote_verify(NULL, NULL, 0, nothing, NOW, NULL) == MALOTE_BAD_ARGUMENT);
  CHECK(malote_sign(NULL, nothing, NOW, nothing, no_buffer(), NULL) == MALOTE_BAD_ARGUMENT);
  CHECK(malote_explain(NULL, NULL, 0, nothing, NOW, no_buffer()) > 1);

  malote_receiver* receiver = make("standard", SECRET, "");
  CHECK(malote_verify(receiver, NULL, 3, nothing, NOW, NULL) == MALOTE_MISSING_HEADER);
  const malote_header hollow = {nothing, nothing};
  CHECK(malote_verify(receiver, &hollow, 1, bytes(BODY), NOW, NULL) == MALOTE_MISSING_HEADER);
  char value[64];
  const malote_buffer buffer = {value, sizeof value};
  CHECK(malote_sign(receiver, nothing, NOW, nothing, buffer, NULL) == MALOTE_OK);
  malote_receiver_free(receiver);
}

static void numbers_and_words_stay(void) {
  CHECK(malote_abi_version() == MALOTE_RECEIVER_ABI);
  CHECK(MALOTE_OK == 0 && MALOTE_NO_MATCHING_SIGNATURE == 3 && MALOTE_OUT_OF_MEMORY == 12);
  CHECK(strcmp(malote_status_word(MALOTE_OK), "ok") == 0);
  CHECK(strcmp(malote_status_word(MALOTE_TIMESTAMP_TOO_OLD), "timestamp_too_old") == 0);
  CHECK(strcmp(malote_status_word((malote_status)999), "unknown") == 0);
}

int main(void) {
  judges_what_it_is_sent();
  says_what_was_proven();
  a_header_that_comes_twice_is_malformed();
  takes_more_headers_than_usual();
  signs_into_the_buffer_it_is_given();
  explains_and_names_no_secret();
  refuses_what_cannot_be_meant();
  takes_options_and_profiles();
  survives_null();
  numbers_and_words_stay();
  printf("%d failed\n", failed);
  return failed ? 1 : 0;
}
