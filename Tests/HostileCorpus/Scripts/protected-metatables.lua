-- The metatables of the host's own objects must be out of reach.
-- ends: done
local _, e = pcall(vmm.get, "no-such-guest")
local handle = async.spawn(function() end)
for _, object in ipairs { vmm.list(), e, handle } do
  assert(getmetatable(object) == false)
  assert(not pcall(setmetatable, object, {}))
end
assert(not pcall(function() handle.await = print end))
assert(not pcall(rawset, handle, "await", print))
return true
