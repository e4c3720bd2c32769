# frozen_string_literal: true

require "socket"
require "timeout"
require "tmpdir"

# An example's `run` script in a process of its own, on a port of the system's choice.
class ExampleServer
  SECONDS = 30

  def self.open(script, **environment)
    server = new(script, environment)
    yield server
  ensure
    server&.close
  end

  def initialize(script, environment)
    @folder = Dir.mktmpdir("malote")
    defaults = { "PORT" => "0", "STATE_DIR" => @folder, "EFFECTS_FILE" => effects_file }
    environment = defaults.merge(environment.transform_keys(&:to_s))
    @output, output = IO.pipe
    @pid = spawn(environment, script, out: output, err: File::NULL, pgroup: true)
    output.close
    line = Timeout.timeout(SECONDS) { @output.gets }
    @port = line.to_s[%r{\Alistening on http://127\.0\.0\.1:(\d+)$}, 1]
    raise "#{script} said #{line.inspect}" unless @port
  end

  def close
    Process.kill("KILL", -@pid)
    Process.wait(@pid)
    @output.close
    FileUtils.rm_rf(@folder)
  end

  def effects
    File.exist?(effects_file) ? File.readlines(effects_file, chomp: true) : []
  end

  # [status, body]
  def post(headers, body, method = "POST")
    receive(send_request(headers, body, method))
  end

  # The same request on many connections, all sent before any answer is read
  def post_at_once(copies, headers, body)
    (1..copies).map { send_request(headers, body, "POST") }.map { |socket| receive(socket) }
  end

  private

  def effects_file
    File.join(@folder, "effects.txt")
  end

  def send_request(headers, body, method)
    socket = TCPSocket.new("127.0.0.1", @port)
    lines = ["#{method} /hook HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    headers = { "content-length" => body.bytesize.to_s }.merge(headers)
    headers.each { |name, values| Array(values).each { |value| lines << "#{name}: #{value}" } }
    begin
      socket.write("#{lines.join("\r\n")}\r\n\r\n".b + body.b)
    rescue Errno::EPIPE, Errno::ECONNRESET
      nil # a server that has seen enough may close before it has read all
    end
    socket
  end

  def receive(socket)
    answer = Timeout.timeout(SECONDS) { socket.read }
    head, body = answer.split("\r\n\r\n", 2)
    [head[9, 3].to_i, body]
  ensure
    socket.close
  end
end
