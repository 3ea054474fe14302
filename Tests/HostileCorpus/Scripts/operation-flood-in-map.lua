-- A map over a list of five hundred makes an operation for each element.
-- ends: operations
local list = {}
for i = 1, 500 do list[i] = "web-" .. i % 4 + 1 end
async.map(list, function(name) return vmm.get(name) end)
return true
