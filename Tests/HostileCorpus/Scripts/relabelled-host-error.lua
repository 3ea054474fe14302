-- A caught host error is given another kind and raised again.
-- ends: error
local ok, e = pcall(vmm.get, "no-such-guest")
assert(not ok and e.kind == "not_found")
e.kind = "limit_exceeded"
e.message = nil
error(e)
