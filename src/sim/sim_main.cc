#include "sim/sim_main.h"
namespace malote::sim { int run(const SimOptions&) { return 2; } }
