# frozen_string_literal: true

require "digest"
require "fileutils"

module Malote
  # Claims as small files in a folder, shared by all processes of one machine. What a power cut
  # takes from the disk's cache is forgotten.
  class FileStore
    PURGE_ONE_IN = 100

    # folder: made if it is not there
    def initialize(folder, clock: SystemClock.new)
      @folder = folder.to_s
      @clock = clock
    end

    def begin(key, lease)
      locked(key) do |path|
        state, ends_at = read(path)
        now = @clock.now
        if state && ends_at > now
          # a clock that was set back must not make a claim last longer than its lease
          write(path, :in_flight, lease) if state == :in_flight && ends_at > now + lease
          next state
        end

        write(path, :in_flight, lease)
        :acquired
      end
    end

    def commit(key, ttl)
      locked(key) do |path|
        write(path, :done, ttl)
        purge_shelf(File.dirname(path)) if rand(PURGE_ONE_IN).zero?
      end
    end

    def abort(key)
      locked(key) { |path| File.delete(path) if read(path).first == :in_flight }
    end

    # Forgets what ran out; done now and then by itself. Returns how many.
    def purge
      shelves = Dir.glob(File.join(@folder, "??"))
      shelves.sum { |shelf| with_lock(shelf) { purge_shelf(shelf) } }
    end

    private

    # One lock per shelf, of 256: a file of its own could not be deleted while others wait for it.
    def locked(key)
      name = Digest::SHA256.hexdigest(key)
      shelf = File.join(@folder, name[0, 2])
      FileUtils.mkdir_p(shelf)
      with_lock(shelf) { yield File.join(shelf, "#{name}.claim") }
    end

    def with_lock(shelf)
      File.open(File.join(shelf, "lock"), File::RDWR | File::CREAT, 0o600) do |lock|
        lock.flock(File::LOCK_EX)
        yield
      end
    end

    def read(path)
      state, ends_at = File.read(path).split
      [state.to_sym, ends_at.to_f]
    rescue Errno::ENOENT
      [nil, 0.0]
    end

    def write(path, state, seconds)
      File.open("#{path}.new", "w", 0o600) do |file|
        file.write("#{state} #{@clock.now + seconds}")
        file.fsync
      end
      File.rename("#{path}.new", path)
      File.open(File.dirname(path), &:fsync) # the name, too, survives a power cut
    end

    def purge_shelf(shelf)
      old = Dir.glob(File.join(shelf, "*.claim")).select { |path| read(path).last <= @clock.now }
      File.delete(*old)
    end
  end
end
