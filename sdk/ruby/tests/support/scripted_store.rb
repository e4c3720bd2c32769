# frozen_string_literal: true

# A store that can be down.
class ScriptedStore
  # The methods that fail
  attr_accessor :down

  def initialize(inner)
    @inner = inner
    @down = []
  end

  def begin(key, lease)
    fail_if_down(:begin)
    @inner.begin(key, lease)
  end

  def commit(key, ttl)
    fail_if_down(:commit)
    @inner.commit(key, ttl)
  end

  def abort(key)
    fail_if_down(:abort)
    @inner.abort(key)
  end

  private

  def fail_if_down(name)
    raise "the store is down (#{name})" if @down.include?(name)
  end
end
