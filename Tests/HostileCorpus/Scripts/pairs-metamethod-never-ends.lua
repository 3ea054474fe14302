-- An iterator given by __pairs goes on for ever.
-- ends: cpu
local object = setmetatable({}, {
  __pairs = function(self)
    return function(_, n) return n + 1, true end, self, 0
  end,
})
for _ in pairs(object) do end
