-- Each task sleeps and begins two others: what waits is in the host more than in Lua.
-- ends: memory operations coroutines error
local function breed() async.spawn(breed) async.spawn(breed) async.sleep("1d") end
breed()
