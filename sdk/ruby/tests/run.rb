# frozen_string_literal: true

# Runs all unit tests; the last line is "N passed, N failed".

require_relative "helper"

# Counts the way all of Malote's test scripts do.
class Counting < Minitest::StatisticsReporter
  def report
    super
    failed = failures + errors
    io.puts "#{count - failed - skips} passed, #{failed} failed"
  end
end

module Minitest
  def self.plugin_counting_init(options)
    reporter << Counting.new(options[:io], options)
  end
end
Minitest.extensions << "counting"

Dir[File.join(__dir__, "*_test.rb")].sort.each { |file| require file }
