-- Nearly all memory is taken, so that every bit of garbage asks for a full collection.
-- ends: cpu
local kept = {}
for i = 1, 130000 do kept[i] = {} end
while true do
  local text = ("x"):rep(1000000)
end
