# frozen_string_literal: true

require_relative "helper"
require_relative "support/session_run"
require "tmpdir"

class StoreTest < Minitest::Test
  include Sender

  def setup
    @clock = ScriptedClock.new(NOW)
    @folder = Dir.mktmpdir("malote")
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  def stores
    { "memory" => Malote::MemoryStore.new(clock: @clock),
      "file" => Malote::FileStore.new("#{@folder}/made/by/itself", clock: @clock) }
  end

  def test_a_store_claims_remembers_frees_and_forgets
    stores.each do |name, store|
      @clock.now = NOW
      claim = -> { store.begin("a", 60) }
      assert_equal %i[acquired in_flight], [claim.call, claim.call], name
      assert_equal :acquired, store.begin("A", 60), name
      store.abort("a")
      assert_equal :acquired, claim.call, "#{name}: aborted"
      store.commit("a", 100)
      store.abort("a")
      assert_equal :done, claim.call, "#{name}: done stays done"
      @clock.now += 99.5
      assert_equal :done, claim.call, name
      @clock.now += 0.5
      assert_equal :acquired, claim.call, "#{name}: after the ttl"
      @clock.now += 59.5
      assert_equal :in_flight, claim.call, name
      @clock.now += 0.5
      assert_equal :acquired, claim.call, "#{name}: after the lease"
      @clock.now -= 5000
      assert_equal :in_flight, claim.call, "#{name}: a clock that went back"
      @clock.now += 60
      assert_equal :acquired, claim.call, "#{name}: a lease later by that clock"
      store.commit("never begun", 60)
      assert_equal :done, store.begin("never begun", 60), name
      store.abort("unknown")
      ["", "\0", "../../etc/passwd", "x" * 100_000, "\xFF"].each do |key|
        assert_equal %i[acquired in_flight], [store.begin(key, 60), store.begin(key, 60)], name
      end
    end
  end

  def test_the_memory_store_is_bounded
    store = Malote::MemoryStore.new(clock: @clock, max_keys: 3)
    store.begin("busy", 60)
    %w[a b c].each do |key|
      assert_equal :acquired, store.begin(key, 60)
      store.commit(key, 60)
    end
    assert_equal %i[in_flight done acquired acquired],
                 %w[busy c a d].map { |key| store.begin(key, 60) }
    assert_raises(RuntimeError) { store.begin("e", 60) }
  end

  def test_the_file_store_outlives_its_process_and_forgets_what_ran_out
    store = stores["file"]
    { "a" => 10, "b" => 1000 }.each { |key, ttl| store.commit(key, ttl) }
    store.begin("c", 10)
    assert_equal 3, Dir.glob("#{@folder}/**/*.claim").size
    @clock.now += 100
    again = stores["file"]
    assert_equal 2, again.purge
    assert_equal 1, Dir.glob("#{@folder}/**/*.claim").size
    assert_equal :done, again.begin("b", 60)
  end

  def test_of_many_processes_that_claim_one_key_one_gets_it
    keys = (1..20).to_a
    readers = (1..5).map do
      reader, writer = IO.pipe
      fork do
        store = Malote::FileStore.new(@folder)
        writer << keys.map { |key| store.begin("key #{key}", 600) == :acquired ? "1" : "0" }.join
        writer.close
        exit!
      end
      writer.close
      reader
    end
    got = readers.map { |reader| reader.read.chars.map(&:to_i) }
    Process.waitall
    assert_equal [1] * 20, got.transpose.map(&:sum)
  end

  def test_of_many_threads_that_claim_one_key_one_gets_it
    stores.each do |name, store|
      results = (1..8).map { Thread.new { (1..20).map { |key| store.begin("k#{key}", 60) } } }
      taken = results.map(&:value).transpose.map { |states| states.count(:acquired) }
      assert_equal [1] * 20, taken, name
    end
  end

  def test_a_copy_of_what_was_done_is_not_handled_again
    stores.each do |name, store|
      ran = 0
      receiver = receiver(store: store).on("order.created") { ran += 1 }
      assert_equal '{"received":true}', deliver(receiver).body, name
      assert_equal '{"received":true,"duplicate":true}', deliver(receiver).body, name
      assert_equal '{"received":true}', deliver(receiver, ORDER, {}, "msg_2").body, name
      assert_equal 2, ran, name
    end
  end

  def test_without_a_store_every_copy_runs
    ran = 0
    receiver = receiver().on("order.created") { ran += 1 }
    2.times { deliver(receiver) }
    assert_equal 2, ran
  end

  def test_what_failed_and_what_is_to_be_retried_runs_again
    ran = 0
    outcomes = [-> { raise "x" }, -> { Malote.retry(after: 0) }, -> { Malote.park("x") }]
    receiver = receiver(store: stores["memory"])
    receiver.on("order.created") { outcomes[(ran += 1) - 1].call }
    assert_equal [500, 503, 200, 200], (1..4).map { deliver(receiver).status }
    assert_equal 3, ran
  end

  def test_a_store_that_fails_to_begin_is_503_or_not_minded
    { refuse: [503, 0], run: [200, 1] }.each do |choice, wanted|
      store = ScriptedStore.new(stores["memory"])
      store.down = [:begin]
      ran = 0
      receiver = receiver(store: store, on_store_error: choice).on("order.created") { ran += 1 }
      assert_equal wanted, [deliver(receiver).status, ran], choice
    end
  end

  def test_a_store_that_fails_after_the_work_does_not_undo_it
    store = ScriptedStore.new(stores["memory"])
    store.down = %i[commit abort]
    errors = []
    fails = false
    receiver = receiver(store: store).on("order.created") { raise "the handler fails" if fails }
    receiver.on_error { |error| errors << error.message }
    assert_equal 200, deliver(receiver).status
    fails = true
    assert_equal 500, deliver(receiver, ORDER, {}, "msg_2").status
    wanted = ["the store is down (commit)", "the handler fails", "the store is down (abort)"]
    assert_equal wanted, errors
  end

  def test_a_copy_waits_for_the_first_and_is_503_if_that_does_not_end
    stores["memory"].tap do |store|
      store.begin("standard/msg_1", 60)
      answer = deliver(receiver(store: store, clock: @clock, wait: 5))
      assert_equal [503, "5"], [answer.status, answer.headers["retry-after"]]
      assert_includes (NOW + 5)...(NOW + 6), @clock.now
    end
  end

  def test_a_lease_that_ran_out_is_not_given_back
    store = stores["memory"]
    receiver = receiver(store: store, clock: @clock).on("order.created") do
      @clock.now += 61
      store.begin("standard/msg_1", 60)
      raise "x"
    end
    deliver(receiver)
    assert_equal :in_flight, store.begin("standard/msg_1", 60)
  end

  # A clock whose patience is a latch: the handler is given up once it says that it runs.
  class Impatient < ScriptedClock
    attr_reader :started, :worker

    def initialize(now)
      super
      @started = Queue.new
    end

    def within(_seconds, &work)
      @worker = Thread.new(&work)
      @started.pop
      false
    end

    def sleep(seconds)
      @now += seconds
    end
  end

  def test_a_handler_over_its_budget_keeps_its_claim_and_its_outcome_decides
    { "ends well" => [-> {}, '{"received":true,"duplicate":true}'],
      "fails" => [-> { raise "x" }, '{"received":true}'] }.each do |name, (ending, body)|
      clock = Impatient.new(NOW)
      go_on = Queue.new
      ran = 0
      store = Malote::MemoryStore.new(clock: clock)
      slow = receiver(store: store, clock: clock, budget: 8)
      slow.on("order.created") do
        ran += 1
        clock.started << true
        go_on.pop
        ending.call
      end
      assert_equal 503, deliver(slow).status, name
      assert_equal 503, deliver(slow).status, "#{name}: a copy meanwhile"
      assert_equal 1, ran
      go_on << true
      clock.worker.join
      quick = receiver(store: store, clock: -> { NOW })
      assert_equal body, deliver(quick).body, name
    end
  end

  def test_the_system_clock_gives_up_a_thread_and_lets_it_go_on
    clock = Malote::SystemClock.new
    latch = Queue.new
    ended = Queue.new
    refute clock.within(0.001) { latch.pop && ended << :ended }
    latch << true
    assert_equal :ended, ended.pop
    assert(clock.within(60) { nil })
    assert_operator clock.now, :>=, NOW - 1e9
  end

  def test_five_copies_at_once_in_threads_run_once
    ran = Queue.new
    receiver = Malote::Receiver.new(secret: WHSEC, store: stores["memory"], clock: -> { NOW })
    receiver.on("order.created") { ran << 1 }
    answers = (1..5).map { Thread.new { deliver(receiver).status } }.map(&:value)
    assert_equal [[200] * 5, 1], [answers, ran.size]
  end

  def test_sessions_of_every_scheme_end_as_the_contract_says
    file = JSON.parse(File.read(File.join(__dir__, "sessions.json")))
    file = file.merge("now" => NOW, "profiles" => Malote::PROFILES)
    Malote::PROFILES.each_key do |scheme|
      file["sessions"].each do |session|
        run = SessionRun.new({ "profile" => scheme }.merge(session), file)
        assert_equal [], run.faults, "#{scheme} #{session['id']}"
      end
    end
  end
end
