// The meta-tools that need no provider: what tools there are (codespar_list_tools), which one fits
// a need (codespar_discover), and what is connected (codespar_manage_connections). Read the
// catalogue and the store; call nobody.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/tool_caller.h"

namespace malote::engine {

/// Where a connection is made, relative to the gateway's address: connect_url is this, after
/// Context::public_url where that is known.
inline constexpr std::string_view kConnectUrl = "/v1/connections";

/// nullopt where `tool` is not one of them. The result has neither duration nor tool yet.
std::optional<ToolResult> call_builtin_meta(const Context& context, const ReadTx& tx,
                                            ProjectNo project, std::string_view user_id,
                                            std::string_view tool, json::View input);

/// They answer whatever mocks a session has.
bool is_builtin_meta(std::string_view tool);

}  // namespace malote::engine
