"""Does what DSM's own command `synowebapi` does, on a NAS that is elsewhere: noise, pretty-printed answers and all.

    synowebapi-stand-in.py URL ACCOUNT PASSWORD --exec api=… version=… method=… runner=… key=JSON …
"""

import json
import sys
import urllib.parse
import urllib.request


def call(url, token=None, **parameters):
    body = urllib.parse.urlencode(parameters).encode()
    request = urllib.request.Request(f"{url}/webapi/entry.cgi", body)
    if token:
        request.add_header("X-SYNO-TOKEN", token)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


url, account, password, verb, *pairs = sys.argv[1:]
assert verb == "--exec", verb
given = dict(pair.split("=", 1) for pair in pairs)
runner = given.pop("runner")
assert runner == "admin", runner

for name, value in given.items():
    if name in ("api", "version", "method"):
        continue
    try:
        json.loads(value)
    except ValueError:
        sys.exit(f"[Line 265] Not a json value: {value}")

login = call(
    url, api="SYNO.API.Auth", version=7, method="login", account=account, passwd=password, enable_syno_token="yes"
)["data"]
answer = call(url, token=login["synotoken"], _sid=login["sid"], **given)
call(url, api="SYNO.API.Auth", version=7, method="logout", _sid=login["sid"])

print(f'[Line 295] Exec WebAPI: api={given["api"]}, param={{"a":1}}, runner={runner}')
print(json.dumps(answer, indent=2))
print('[Line 301] done {"b": 2}')
