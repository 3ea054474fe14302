"""A simulated NAS in a process of its own, and what it can tell of the calls that it got."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

WEB_1 = "11111111-1111-4111-8111-111111111111"
WEB_2 = "22222222-2222-4222-8222-222222222222"
DB_1 = "33333333-3333-4333-8333-333333333333"

PATIENCE = 10  # seconds, for what takes the simulator one or two
ALL_PATIENCE = 60  # seconds, for all that a client does


def give_up(*_: object) -> None:
    raise TimeoutError(f"the client was not done after {ALL_PATIENCE} seconds")


class SimulatedNAS:
    """`with SimulatedNAS("the client") as nas:` serves `guests.yaml` over HTTPS; `sys.argv[1]` is the `vmmlua` to run."""

    def __init__(self, client: str) -> None:
        self.client = client

    def __enter__(self) -> "SimulatedNAS":
        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(ALL_PATIENCE)
        self._folder = tempfile.TemporaryDirectory()
        self._log = Path(self._folder.name, "requests.jsonl")
        scenario = Path(__file__).with_name("guests.yaml")
        self._process = subprocess.Popen(
            [sys.argv[1], "simulate", "--https", "--port", "0", "--output", "json"]
            + ["--scenario", str(scenario), "--log", str(self._log)],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        if not line:
            sys.exit("the simulator did not start")
        announcement = json.loads(line)
        address = urlsplit(announcement["url"])
        self.host, self.port = address.hostname, address.port
        self.account, self.password = announcement["account"], announcement["password"]
        self.certificate = announcement["certificate"]
        self.certificate_file = Path(self._folder.name, "certificate.pem")
        self.certificate_file.write_text(self.certificate)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def check(self, what: str, found: object, expected: object = True) -> None:
        """Says that something is as expected, or ends the program."""
        if found != expected:
            print(f"FAILED  {self.client}: {what}: {found!r}, expected {expected!r}")
            sys.exit(1)
        print(f"ok      {self.client}: {what}")

    def check_calls(self, *expected: tuple[str, str], refused: tuple[str, ...] = ()) -> None:
        """Checks that these writes took effect (method, guest's id) and no others, and which calls were refused."""
        deadline = time.monotonic() + PATIENCE
        # A call is logged when its answer is sent, so the last one may be late.
        while len(self._effects()) < len(expected) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.check("every write took effect once, and no other did", self._effects(), list(expected))
        others = [f"{call['api']} {call['method']}" for call in self._calls() if call["outcome"] != "success"]
        self.check("nothing was refused but what had to be", others, list(refused))

    def _effects(self) -> list[tuple[str, str]]:
        """Power of the internal dialect goes by its action, as all of it has one method."""
        return [
            (call["parameters"].get("action", call["method"]), call["parameters"].get("guest_id", ""))
            for call in self._calls()
            if call["took_effect"]
        ]

    def _calls(self) -> list[dict]:
        """All calls in the order in which they came; the log has them in the order in which they ended."""
        calls = [json.loads(line) for line in self._log.read_text().splitlines()]
        return sorted(calls, key=lambda call: call["time"])
