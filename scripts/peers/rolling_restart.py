"""Restarts web-1 to web-COUNT in batches, as one does it with `requests` and a pool of threads.

usage: rolling_restart.py COUNT BATCH, with VMMLUA_HOST, VMMLUA_ACCOUNT and VMMLUA_PASSWORD set
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter

POLL = 1  # seconds
API = "SYNO.Virtualization.API.Guest"


class NAS:
    def __init__(self, url: str, account: str, password: str, connections: int) -> None:
        self._url = url + "/webapi/entry.cgi"
        self._session = requests.Session()
        self._session.mount(url, HTTPAdapter(pool_maxsize=connections))
        login = self.call("SYNO.API.Auth", "login", 7, account=account, passwd=password, enable_syno_token="yes")
        self._session.cookies.set("id", login["sid"])
        self._session.headers["X-SYNO-TOKEN"] = login["synotoken"]

    def call(self, api: str, method: str, version: int = 1, **parameters: str) -> dict:
        call = {"api": api, "method": method, "version": version, **parameters}
        answer = self._session.post(self._url, data=call, timeout=30).json()
        if not answer["success"]:
            raise RuntimeError(f"{api} {method}: error {answer['error']['code']}")
        return answer.get("data", {})

    def wait_for(self, guest: str, status: str) -> None:
        while self.call(API, "get", guest_name=guest)["status"] != status:
            time.sleep(POLL)

    def restart(self, guest: str) -> None:
        self.call(f"{API}.Action", "shutdown", guest_name=guest)
        self.wait_for(guest, "shutdown")
        self.call(f"{API}.Action", "poweron", guest_name=guest)
        self.wait_for(guest, "running")


count, batch = (int(number) for number in sys.argv[1:])
nas = NAS(*(os.environ[f"VMMLUA_{name}"] for name in ("HOST", "ACCOUNT", "PASSWORD")), connections=batch)
guests = [f"web-{number}" for number in range(1, count + 1)]
with ThreadPoolExecutor(batch) as pool:
    for start in range(0, count, batch):
        list(pool.map(nas.restart, guests[start : start + batch]))
nas.call("SYNO.API.Auth", "logout", 7)
