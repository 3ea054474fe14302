-- A date whose fields call an object that is its own __call, inside a function of the system.
-- ends: error
local object = {}
setmetatable(object, { __call = object })
return os.time(setmetatable({}, { __index = function() object() end }))
