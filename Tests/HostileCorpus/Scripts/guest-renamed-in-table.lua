-- A copy of a guest table is relabelled, so that a permission would be asked for another guest.
-- ends: error
local guest = {}
for field, value in pairs(vmm.get("db-1")) do guest[field] = value end
guest.guest_name = "web-1"
guest.tags = nil
return vmm.delete(guest)
