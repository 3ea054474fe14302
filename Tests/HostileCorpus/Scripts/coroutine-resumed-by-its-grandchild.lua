-- A coroutine that resumes one which is resuming it must not lose its own anchor, and be collected while it runs.
-- ends: cpu coroutines done
local outer
outer = coroutine.create(function()
  coroutine.resume(coroutine.create(function()
    assert(not coroutine.resume(outer))
    coroutine.resume(coroutine.create(function()
      local keep = {}
      for i = 1, 200000 do keep[i % 1000] = { i } end
      for i = 1, 900 do keep[i] = coroutine.create(function() end) end
    end))
    local t = {}
    for i = 1, 1000 do t[i] = i .. "x" end
  end))
end)
assert(coroutine.resume(outer))
return true
