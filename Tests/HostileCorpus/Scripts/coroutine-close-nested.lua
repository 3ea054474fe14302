-- Closing a coroutine closes another, 900 deep, which overflows the C stack of an unguarded host.
-- ends: done
local function nest(depth)
  local co = coroutine.create(function()
    local guard <close> = setmetatable({}, {
      __close = function()
        if depth > 0 then coroutine.close(nest(depth - 1)) end
      end,
    })
    coroutine.yield()
  end)
  coroutine.resume(co)
  return co
end

coroutine.close(nest(900))
return true
