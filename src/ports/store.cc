#include "ports/store.h"

#include <future>

namespace malote {

Result<void> write_and_wait(Store& store, Store::WriteFn fn) {
  std::promise<Result<void>> promise;
  store.submit(std::move(fn), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

}  // namespace malote
