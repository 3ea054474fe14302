-- Coroutines are made by the thousand and never resumed.
-- ends: coroutines
local kept = {}
while true do
  kept[#kept + 1] = coroutine.wrap(print)
end
