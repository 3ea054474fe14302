-- The table grows while it is traversed.
-- ends: memory
local list = { 1 }
while true do
  for key in pairs(list) do
    list[#list + 1] = key
  end
end
