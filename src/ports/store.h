// The durable store, as a seam. SQLite is behind it today (store/sqlite_store.h); whatever comes
// must pass tests/store/store_conformance.h.
#pragma once

#include <functional>

#include "base/function_ref.h"
#include "base/result.h"
#include "ports/tx.h"

namespace malote {

struct Store {
  using WriteFn = std::function<Result<void>(Tx&)>;
  using WriteDone = std::function<void(Result<void>)>;

  virtual ~Store() = default;

  /// Runs `fn` in a write transaction, together with others that wait. `fn` may run more than
  /// once (after a neighbour failed), always from the start and never at the same time as another;
  /// an error from it keeps nothing of it. `done` is called exactly once, after the commit is
  /// durable or has failed, on the writer's thread: it must be quick. Thread-safe.
  virtual void submit(WriteFn fn, WriteDone done) = 0;

  /// Runs `fn` on a consistent snapshot, on this thread, beside the writer. Thread-safe.
  virtual Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const = 0;
};

/// submit() and wait. Not for the writer's own thread.
Result<void> write_and_wait(Store& store, Store::WriteFn fn);

/// Forwards everything, so that a fake overrides only what it changes.
class StoreWrapper : public Store {
 public:
  explicit StoreWrapper(Store& target) : target_(target) {}
  void submit(WriteFn fn, WriteDone done) override {
    target_.submit(std::move(fn), std::move(done));
  }
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override {
    return target_.read(fn);
  }

 private:
  Store& target_;
};

}  // namespace malote
