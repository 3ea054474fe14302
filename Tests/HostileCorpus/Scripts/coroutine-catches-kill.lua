-- Each coroutine catches its kill, and is replaced by the next.
-- ends: cpu
local function spin()
  while true do end
end

while true do
  coroutine.resume(coroutine.create(function()
    pcall(spin)
    spin()
  end))
end
