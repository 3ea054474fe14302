-- The closing value of a generic loop never lets the loop be left.
-- ends: cpu
local closing = setmetatable({}, {
  __close = function()
    while true do pcall(error) end
  end,
})
for _ in function() return true end, nil, nil, closing do
  break
end
