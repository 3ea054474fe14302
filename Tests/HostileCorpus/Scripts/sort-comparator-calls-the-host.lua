-- A comparison that waits for the host must work, or be refused with a clear error.
-- ends: done
local list = { 3, 1, 2 }
local ok, e = pcall(table.sort, list, function(a, b)
  vmm.get("web-1")
  return a < b
end)
assert(ok and table.concat(list, " ") == "1 2 3" or e.kind == "bad_argument")
return true
