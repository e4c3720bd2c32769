// What every store behind ports/store.h must do. Instantiate the suite with a StoreMaker for each
// implementation; tests marked "Reopen" are skipped for those that keep nothing.
#pragma once

#include "store/store_conformance_accounts.h"
#include "store/store_conformance_deliveries.h"
#include "store/store_conformance_events.h"
#include "store/store_conformance_loops.h"
#include "store/store_conformance_search.h"
#include "store/store_conformance_stats.h"
#include "store/store_conformance_transactions.h"
