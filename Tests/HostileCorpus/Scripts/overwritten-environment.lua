-- The host's functions work as ever where a chunk's globals are replaced by a trap.
-- ends: done
local assert, vmm, async, print, setmetatable = assert, vmm, async, print, setmetatable
local function spin()
  while true do end
end

_G._G = nil
local _ENV = setmetatable({}, { __index = spin, __newindex = spin })
print("still", "here")
local names = async.map({ "web-1", "web-2" }, function(name) return vmm.get(name).guest_name end)
assert(names[2] == "web-2")
return true
