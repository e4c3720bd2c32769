#include "net/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which the header of glibc 2.36 forgets
#include <sys/pidfd.h>
}

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace malote::net {

namespace {

/// Both ends beyond the standard descriptors, which the child's are copied to.
struct Pipe {
  Descriptor read{}, write{};

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = above_standard(Descriptor{ends[0]});
    write = above_standard(Descriptor{ends[1]});
    return read.get() >= 0 && write.get() >= 0;
  }
  static Descriptor above_standard(Descriptor fd) {
    if (fd.get() > STDERR_FILENO) return fd;
    return Descriptor{::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  }
};

/// What the child does before its program begins.
class Actions {
 public:
  Actions() {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void set_up(const Command& command, int input, int output, int errors) {
    const auto must = [](int error) { MALOTE_CHECK(error == 0, "the system takes the action"); };
    must(posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO));
    must(posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO));
    must(posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO));
    // Sockets of libraries do not all close by themselves.
    must(posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1));
    if (!command.folder.empty())
      must(posix_spawn_file_actions_addchdir_np(&files_, command.folder.c_str()));
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    must(posix_spawnattr_setsigmask(&attributes_, &none));
    must(posix_spawnattr_setsigdefault(&attributes_, &all));
    must(posix_spawnattr_setpgroup(&attributes_, 0));
    must(posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// As exec wants it; the texts stay where they are.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void never_block(const Descriptor& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

Unexpected cannot(const std::string& what, int error) {
  return fail(Errc::not_found, what + ": " + std::strerror(error));
}

Result<void> check_folder(const std::string& folder) {
  struct stat info {};
  if (folder.empty()) return {};
  if (::stat(folder.c_str(), &info) != 0)
    return cannot("/mcp/folder: the command cannot be run in " + folder, errno);
  if (!S_ISDIR(info.st_mode))
    return cannot("/mcp/folder: the command cannot be run in " + folder, ENOTDIR);
  return {};
}

}  // namespace

std::string describe_end(int wait_status) {
  if (wait_status == kUnknownEnd) return "how is not known";
  if (WIFEXITED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  const char* name = ::sigdescr_np(number);
  return "signal " + std::to_string(number) + (name ? " (" + std::string{name} + ")" : "");
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(fd_, -1); }

void Descriptor::close() {
  if (fd_ >= 0) ::close(release());
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Command& command) {
  MALOTE_CHECK_OK(check_folder(command.folder));
  Pipe input, output, errors;
  if (!input.open() || !output.open() || !errors.open())
    return cannot("there is no pipe to spare", errno);
  Actions actions;
  actions.set_up(command, input.read.get(), output.write.get(), errors.write.get());
  const auto arguments = pointers_to(command.arguments);
  const auto environment = pointers_to(command.environment);
  std::unique_ptr<ChildProcess> child{new ChildProcess};
  const int error = ::posix_spawnp(&child->id_, arguments.front(), actions.files(),
                                   actions.attributes(), arguments.data(), environment.data());
  if (error != 0) {
    child->id_ = -1;
    return cannot("/mcp/command/0: \"" + command.arguments.front() +
                      "\" cannot be run; give its whole path, or a name in the gateway's PATH",
                  error);
  }
  child->exit_ = Descriptor{::pidfd_open(child->id_, 0)};
  if (child->exit_.get() < 0)
    return cannot("this system does not tell when a command ends (pidfd_open)", errno);
  child->input_ = std::move(input.write);
  child->output_ = std::move(output.read);
  child->errors_ = std::move(errors.read);
  for (const auto* fd : {&child->input_, &child->output_, &child->errors_}) never_block(*fd);
  return child;
}

ChildProcess::~ChildProcess() {
  if (id_ < 0) return;
  signal(SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void ChildProcess::signal(int number) const {
  if (id_ < 0) return;
  const bool has_left_group = ::getpgid(id_) != id_;
  if (::kill(-id_, number) != 0 || has_left_group) ::kill(id_, number);
}

std::optional<int> ChildProcess::reap() {
  siginfo_t info{};
  const auto child = static_cast<id_t>(id_);
  // Its id, and with it the group's, is nobody else's until it is waited for.
  const int error = ::waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT);
  if (error != 0 && errno == ECHILD) {  // somebody else waited for it
    id_ = -1;
    return kUnknownEnd;
  }
  if (error != 0 || info.si_pid == 0) return {};
  signal(SIGKILL);
  int status = 0;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  return status;
}

}  // namespace malote::net
