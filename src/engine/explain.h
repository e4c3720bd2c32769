// Why a connection refuses a request: the same judgement as on the wire, and what would make it
// pass, tried also with the secrets of the project's other connections to the same provider.
#pragma once

#include "engine/context.h"
#include "engine/key_documents.h"
#include "providers/explain.h"

namespace malote::engine {

/// `at` is the clock to judge by. Errors are those of secrets that cannot be opened.
Result<providers::Explanation> explain_request(const Context& context, const ReadTx& tx,
                                               const Connection& connection,
                                               const providers::RawRequest& request, Timestamp at,
                                               const KeyDocuments& documents);

}  // namespace malote::engine
