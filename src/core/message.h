// Texts for people (WhatsApp, SMS, e-mail) made of a template's name and variables. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace malote::core {

/// `templates` is {"order_confirmed": "Your order ships: {{tracking}}"}. Where it has no text of
/// that name, the text is the name in words and each variable on a line of its own. A {{name}}
/// that the variables lack is Errc::param_missing.
Result<std::string> message_text(json::View templates, std::string_view name, json::View variables);

}  // namespace malote::core
