// The shape of packs, and of the settings that connections add to them: data/provider.schema.json,
// compiled in and applied, so that what an editor complains of is refused here as well. A misspelt
// member would be passed over, and what it should have said would not hold.
//
// Of JSON Schema it knows what that file uses, patterns excepted: what must look like something is
// checked where it is read. Errors name the place and say what goes there. Pure; any thread.
#pragma once

#include "base/json.h"

namespace malote::providers {

/// A whole pack.
Result<void> check_pack_shape(json::View pack);

/// A connection's webhook_auth and webhook_map; null where there is none.
Result<void> check_settings_shape(json::View webhook_auth, json::View webhook_map);

}  // namespace malote::providers
