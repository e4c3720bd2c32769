"""A fresh Debian 12 in a folder, with its own systemd, to install packages into. Needs root."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from harness import eventually  # noqa: E402

SUITE = "bookworm"
TOOLS = ("debootstrap", "unshare", "nsenter", "chroot", "pivot_root")


def run(*args, check=True, **options):
    """A command's end; one that fails says all that it said."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(args)} ended with {done.returncode}:\n{done.stdout}")
    return done


def why_not():
    """Why it cannot be made here; empty when it can."""
    if os.geteuid() != 0:
        return "this needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return "not installed: " + ", ".join(missing) if missing else ""


def sources():
    """(mirror, suite) of this machine's own Debian 12, as apt knows them."""
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages",
                 "Component: main", check=False).stdout
    found = dict.fromkeys(tuple(line.split()) for line in listed.splitlines() if f" {SUITE}" in line)
    return list(found) or [("http://deb.debian.org/debian", SUITE)]


def make_root(folder):
    """Debian's minimal system with systemd, fetched from where this machine fetches its own."""
    kept = os.environ.get("MALOTE_FRESH_DEBIAN")
    if kept and os.path.isdir(kept):
        run("cp", "-a", kept + "/.", folder)
    else:
        mirror = next(uri for uri, suite in sources() if suite == SUITE)
        run("debootstrap", "--variant=minbase", "--include=systemd,ca-certificates", SUITE, folder, mirror)
        if kept:
            run("cp", "-a", folder, kept)
    shutil.copy("/etc/resolv.conf", folder + "/etc/resolv.conf")
    for bundle in ("/etc/ssl/certs/ca-certificates.crt",):
        if os.path.exists(bundle):
            shutil.copy(bundle, folder + bundle)
    with open(folder + "/etc/apt/sources.list", "w", encoding="utf-8") as out:
        out.writelines(f"deb {uri} {suite} main\n" for uri, suite in sources())
    acquire = [line for line in run("apt-config", "dump").stdout.splitlines() if line.startswith("Acquire::")]
    with open(folder + "/etc/apt/apt.conf.d/99as-outside", "w", encoding="utf-8") as out:
        out.write("\n".join(acquire) + "\n")


class Debian:
    """A root of its own; packages are installed by apt before it boots, and by dpkg after that, when
    it has no network but its own loopback."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="malote-debian-", dir="/var/tmp")
        os.chmod(self.root, 0o755)
        self.outer = None
        self.pid = None
        make_root(self.root)

    def satisfy(self, dependencies):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        run("chroot", self.root, "apt-get", "-qq", "update", env=env)
        run("chroot", self.root, "apt-get", "-qq", "satisfy", "-y", "--no-install-recommends", dependencies, env=env)

    def boot(self):
        """Why it does not boot here; empty when systemd is up."""
        self.outer = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount", "--ipc", "--uts", "--cgroup", "--net", "--kill-child",
             os.path.join(HERE, "boot"), self.root], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

        def init():
            if self.outer.poll() is not None:
                return -1
            with open(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children", encoding="ascii") as children:
                pid = children.read().strip()
            if not pid or "systemd" not in os.readlink(f"/proc/{pid}/exe"):
                return 0
            return int(pid)

        self.pid = eventually(init, what="systemd")
        if self.pid < 0:
            return "systemd does not boot in namespaces here: " + self.outer.stdout.read().strip()[-300:]
        eventually(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() == "running",
                   timeout=120, what="a running system")
        return ""

    def run(self, *args, **options):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
               **options.pop("env", {})}
        return run("nsenter", "-t", str(self.pid), "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net",
                   "--root", "--wd", *args, env=env, timeout=120, **options)

    def path(self, inside):
        return self.root + inside

    def close(self):
        if self.outer:
            if self.pid and self.pid > 0 and self.outer.poll() is None:
                os.kill(self.pid, signal.SIGKILL)
            self.outer.wait(timeout=60)
            self.outer.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)
