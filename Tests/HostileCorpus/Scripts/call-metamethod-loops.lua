-- pcall calls an object whose __call never returns.
-- ends: cpu
local object = setmetatable({}, {
  __call = function(self)
    while true do pcall(self.method) end
  end,
})
pcall(object)
return true
