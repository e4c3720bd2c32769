/* Signs and verifies a body by the C interface, and prints what came of it. */
#include <malote_receiver.h>
#include <stdio.h>
#include <string.h>

static malote_bytes bytes(const char* text) {
  const malote_bytes out = {text, strlen(text)};
  return out;
}

int main(void) {
  char message[200] = "";
  char signature[100] = "";
  size_t needed = 0;
  const malote_buffer error = {message, sizeof message};
  const malote_buffer value = {signature, sizeof signature};
  const malote_bytes secret = bytes("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  const malote_bytes body = bytes("{\"type\":\"order.created\"}");
  malote_receiver* receiver = NULL;
  if (malote_receiver_new(bytes("standard"), &secret, 1, NULL, error, &receiver) != MALOTE_OK ||
      malote_sign(receiver, bytes("msg_1"), 1776868200, body, value, &needed) != MALOTE_OK) {
    fprintf(stderr, "%s\n", message);
    return 1;
  }
  const malote_header headers[] = {{bytes("webhook-id"), bytes("msg_1")},
                                   {bytes("webhook-timestamp"), bytes("1776868200")},
                                   {bytes("webhook-signature"), bytes(signature)}};
  puts(malote_status_word(malote_verify(receiver, headers, 3, body, 1776868200, NULL)));
  malote_receiver_free(receiver);
  return 0;
}
