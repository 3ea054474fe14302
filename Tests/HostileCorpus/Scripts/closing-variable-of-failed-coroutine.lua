-- A coroutine fails and its closing variable loops where no hook of the coroutine runs.
-- ends: cpu
local co = coroutine.wrap(function()
  local guard <close> = setmetatable({}, {
    __close = function()
      while true do end
    end,
  })
  error("failed")
end)
pcall(co)
return true
