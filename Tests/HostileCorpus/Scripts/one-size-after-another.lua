-- Strings of one size after another, so that memory freed in one size serves no other.
-- ends: cpu
local function fill(size)
  local t = {}
  local pad = ("x"):rep(size - 40)
  for i = 1, (10 << 20) // (size + 16) do t[i] = pad .. (1000000000000 + i + size * 10000000) end
end
while true do
  for size = 64, 1008, 16 do fill(size) end
end
