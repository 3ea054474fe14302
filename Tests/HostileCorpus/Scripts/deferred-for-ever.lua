-- What is deferred defers again, each time one task deeper.
-- ends: error
local function again() flow.defer(again) end
again()
