-- Memory runs out in a coroutine, and its parent goes on.
-- ends: memory
local co = coroutine.create(function()
  local text = "x"
  while true do text = text .. text end
end)
coroutine.resume(co)
return true
