-- A closing variable yields out of coroutine.close, again and again.
-- ends: cpu
local function make()
  local guard <close> = setmetatable({}, {
    __close = function()
      while true do coroutine.yield() end
    end,
  })
  coroutine.yield()
end

while true do
  local co = coroutine.create(make)
  coroutine.resume(co)
  pcall(coroutine.close, co)
end
