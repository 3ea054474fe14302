-- A division that rounds never gets to its result.
-- ends: cpu
local number = setmetatable({}, {
  __idiv = function(self, other)
    while other do self, other = other, self end
  end,
})
return number // 2
