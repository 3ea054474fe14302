-- A guest table that nests a hundred thousand deep is handed to the host.
-- ends: error
local guest = { guest_id = "web-1" }
for _ = 1, 100000 do guest = { guest_id = "web-1", parent = guest } end
return vmm.get(guest)
