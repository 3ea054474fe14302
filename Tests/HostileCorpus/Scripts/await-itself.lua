-- A task awaits itself.
-- ends: error
local handle
handle = async.spawn(function() return handle:await() end)
return handle:await()
