-- A guest table is relabelled, so that a permission would be asked for another guest.
-- ends: error
local guest = vmm.get("db-1")
guest.guest_name = "web-1"
guest.tags = nil
return vmm.delete(guest)
