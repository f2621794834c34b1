"""Runs the functional tests of the Python package gear against a job server that is started for each of them, in place of the
server that gear brings along. One line for each test: its name, and ok or failed.

Usage: gear_suite.py [--without-tls] COMMAND ARGUMENT...   the job server; --port and the options of TLS are appended
"""

import socket
import subprocess
import sys
import time
import unittest

import gear
import testscenarios
from gear.tests import test_functional

WITHOUT_TLS = "--without-tls"
COMMAND = [argument for argument in sys.argv[1:] if argument != WITHOUT_TLS]
START_SECONDS = 20
servers = []


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class JobServer:
    """The part of gear.Server that the tests use."""

    def __init__(self, _port, ssl_key=None, ssl_cert=None, ssl_ca=None):
        self.port = free_port()
        options = [f"--port={self.port}"]
        if ssl_key is not None:
            options += ["--ssl", f"--ssl-key={ssl_key}", f"--ssl-certificate={ssl_cert}", f"--ssl-ca-file={ssl_ca}"]
        self.process = subprocess.Popen(COMMAND + options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        servers.append(self.process)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def shutdown(self):
        """The end of a test ends them all."""

    @property
    def normal_queue(self):
        """Waiting jobs, by the text protocol."""
        with socket.create_connection(("127.0.0.1", self.port)) as admin:
            admin.sendall(b"status\n")
            text = b""
            while not text.endswith(b".\n"):
                text += admin.recv(4096)
        rows = [line.split(b"\t") for line in text.splitlines()[:-1]]
        return [None] * sum(int(total) - int(running) for _, total, running, _ in rows)


class Lines(unittest.TestResult):
    def addSuccess(self, test):
        print(f"{test.id()} ok", flush=True)

    def addError(self, test, err):
        print(f"{test.id()} failed", flush=True)
        print(self._exc_info_to_string(err, test), file=sys.stderr)

    addFailure = addError

    def stopTest(self, test):
        for process in servers:
            process.kill()
            process.wait()
        servers.clear()


gear.Server = JobServer
loaded = unittest.defaultTestLoader.loadTestsFromModule(test_functional)
tests = testscenarios.generate_scenarios(loaded)
chosen = [one for one in tests if WITHOUT_TLS not in sys.argv or not getattr(one, "ssl", False)]
unittest.TestSuite(chosen).run(Lines())
