-- Reaching the limit of coroutines is caught, and the script returns as if nothing had been.
-- ends: coroutines
local kept = {}
pcall(function()
  for i = 1, 100000 do kept[i] = coroutine.create(print) end
end)
kept = nil
return true
