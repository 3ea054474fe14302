-- A coroutine waits with a looping closing variable while the script is killed elsewhere.
-- ends: cpu
local co = coroutine.create(function()
  local guard <close> = setmetatable({}, {
    __close = function()
      while true do end
    end,
  })
  coroutine.yield()
end)
coroutine.resume(co)
while true do end
