-- An object whose __call is the object itself: the VM looks for a function, in C, for ever.
-- ends: cpu
local object = {}
setmetatable(object, { __call = object })
return object()
