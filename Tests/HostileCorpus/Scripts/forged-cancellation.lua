-- A task raises a forged cancellation, which must not make its failure go unnoticed.
-- ends: error
local handle = async.spawn(error, { kind = "cancelled", message = "cancelled" })
pcall(async.sleep, 1)
assert(handle.status == "failed")
