-- A coroutine that failed long ago is closed, and its closing variable loops then.
-- ends: cpu
local co = coroutine.create(function()
  local guard <close> = setmetatable({}, {
    __close = function()
      while true do end
    end,
  })
  error("failed")
end)
coroutine.resume(co)
coroutine.close(co)
return true
