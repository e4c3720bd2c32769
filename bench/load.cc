// malote-load: see `malote-load --help`, and README.md beside this file.

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>

#include "load_run.h"
#include "options.h"

namespace {

constexpr int kCannotStart = 2;

void on_stop_signal(int) { malote::bench::LoadRun::request_stop(); }

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::span<const char* const> words{argv, static_cast<std::size_t>(argc)};
    const malote::bench::Options options = malote::bench::read_options(words.subspan(1));
    if (options.wants_help) {
      std::cout << malote::bench::help_text();
      return EXIT_SUCCESS;
    }
    install_signal_handlers();
    malote::bench::LoadRun{options}.run(std::cout);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "malote-load: " << error.what() << '\n';
    return kCannotStart;
  }
}
