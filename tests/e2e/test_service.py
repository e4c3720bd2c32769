#!/usr/bin/python3
"""The gateway under a service manager: it says when it is ready, and shows no key where output is kept."""
import os
import socket
import stat

from harness import Gateway, GatewayTest, eventually, main, run


class Service(GatewayTest):
    @classmethod
    def setUpClass(cls):
        pass

    def gateway(self, **env):
        gateway = Gateway(dev=False, env={"MALOTE_API_KEY": "", **env}, start=False)
        self.addCleanup(gateway.close)
        return gateway

    def test_it_tells_when_it_is_ready_and_when_it_stops(self):
        for abstract in (False, True):
            gateway = self.gateway()
            name = os.path.join(gateway.folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.settimeout(20)
                manager.bind("\0" + name if abstract else name)
                gateway.env["NOTIFY_SOCKET"] = "@" + name if abstract else name
                gateway.start()
                self.assertEqual(manager.recv(100), b"READY=1")
                self.assertEqual(gateway.request("GET", "/readyz").status, 200)
                self.assertEqual(gateway.terminate(), 0)
                self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_a_manager_that_is_gone_stops_nothing(self):
        gateway = self.gateway(NOTIFY_SOCKET="/nowhere/notify").start()
        eventually(lambda: "NOTIFY_SOCKET" in gateway.text(), what="the warning")
        self.assertEqual(gateway.request("GET", "/readyz").status, 200)

    def test_the_first_key_goes_to_a_file_alone(self):
        gateway = self.gateway()
        path = os.path.join(gateway.folder, "first_key")
        gateway.env["MALOTE_FIRST_KEY_FILE"] = path
        gateway.start()
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="ascii") as file:
            key = file.read().strip()
        self.assertEqual(gateway.run_cli("keys", "list", key=key).returncode, 0)
        os.unlink(path)
        self.assertEqual(gateway.terminate(), 0)
        self.assertIn(path, gateway.text())
        self.assertNotIn("csk_live_", gateway.text())
        gateway.start()
        self.assertFalse(os.path.exists(path))  # the key of a first start, not of every one

    def test_a_first_key_that_cannot_be_kept_is_a_failed_start(self):
        gateway = self.gateway()
        done = run("serve", "--listen", "127.0.0.1:0", "--data", gateway.data, "--first-key-file",
                   gateway.folder + "/no/such/folder", env=gateway.env)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/no/such/folder: No such file or directory", done.stderr)
        self.assertIn("MALOTE_API_KEY", done.stderr)


if __name__ == "__main__":
    main()
