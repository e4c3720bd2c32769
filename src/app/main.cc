// malote: see README.md, or run `malote --help`.
#include "app/commands.h"

int main(int argc, char** argv) { return malote::app::run_cli(argc, argv); }
